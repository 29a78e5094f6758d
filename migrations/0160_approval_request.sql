-- What was said with the request; `comments` is the last decision's alone.
alter table read.approvals add column request_comments text;
