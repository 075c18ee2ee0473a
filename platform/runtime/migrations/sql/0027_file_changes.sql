-- Whoever edits hears that somebody else does: of a draft that is written, and of one that is published or discarded.

create trigger told_written after insert or update on drafts
    for each row execute function tell_change('file', 'path', '', '', '');
create trigger told_settled after delete on drafts
    for each row execute function tell_change('file', 'path', '', '', '', 'settled');
