-- What the console's pages ask of the read models of tasks and of the fleet.

-- What the agent was at when its state changed, where it said so.
alter table read.timeline add column task uuid;

-- The newest executions of the dashboard.
create index tasks_executions on read.tasks (tenant, created_at desc, id desc)
    where execution_id is not null;

-- The tasks of the deployment pipeline.
create index tasks_staged on read.tasks (tenant, created_at, id) where metadata ? 'stage';
