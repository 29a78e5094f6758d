-- A replay folds the log up to a position into tables of its own (schema scratch_<projection>) and
-- leaves them there; it stands in the books beside rebuilds and verifications.
alter table projection_rebuilds
    drop constraint projection_rebuilds_kind_check,
    drop constraint projection_rebuilds_state_check,
    add constraint projection_rebuilds_kind_check
        check (kind in ('rebuild', 'verify', 'replay')),
    add constraint projection_rebuilds_state_check
        check (state in ('building', 'verified', 'swapped', 'kept', 'failed', 'rolled_back'));
