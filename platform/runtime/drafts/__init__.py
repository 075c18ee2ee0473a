"""Rule files that are being edited. The working set is what is live, overlaid by drafts."""
