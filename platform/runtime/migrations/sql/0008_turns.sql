-- Who stands in a line of `one at a time`: `named` since its start, without having asked; `waits`; `has` the turn.
-- They go in the order of the run ids, and one at most has the turn.

alter table turns
    add column standing text not null default 'waits' check (standing in ('named', 'waits', 'has'));

update turns set standing = 'has'
where number = (select min(number) from turns as other where other.line = turns.line);

alter table turns drop column number, alter column standing drop default;

create index turns_in_order on turns (line, run_id) where line is not null;
create unique index turns_taken on turns (line) where standing = 'has';

grant update (standing) on turns to treadle_app;
