-- no-transaction
-- Which agents may speak is read from the log itself at a node's start. These events are few among
-- millions of heartbeats. Built beside the writers, which a build in a transaction would lock out; one
-- that was broken off leaves an invalid index, which `pantheon doctor` names.
create index concurrently if not exists events_of_admissions on events (position)
    where event_type in ('agent_enrolled', 'agent_revoked');
