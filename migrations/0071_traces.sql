-- What followed from what: the events that processes and further steps of a command brought about,
-- by the request that everything began with. Events of the first command itself are not here: the
-- log finds them by the command's id.
create table read.traces (
    correlation_id  uuid    not null,
    position        bigint  not null,
    -- The event that made a process act; null = a further step of the command itself.
    causation_id    uuid,
    primary key (correlation_id, position)
);
