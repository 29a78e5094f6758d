-- Appending with a look at the whole batch first.
--
-- Deciding command by command costs as much as looking each of them up. It is needed only when a
-- command of the batch meets another one, a known id or a stream that has moved; the answer is the same
-- either way. The function also says when the events were recorded, so that the node that sent them need
-- not read them back.

drop function append_events(
    bigint, uuid[], int[], bytea[], text[], text[], int[], bigint[], uuid[], text[], text[], int[],
    int[], uuid[], text[], text[], text[]);

-- Appends a batch of decided commands and says what became of each.
--
-- Element i of the first group of arrays is command i, in arrival order. `event_counts` is the number
-- of its events (0 for a refusal or a no-op). `same_ids` and `same_streams` are the index of the first
-- command of the batch with the same id, or on the same stream (itself, if it is the first): the
-- caller knows them for less than sorting costs here, and if it were wrong, the unique keys would
-- refuse the batch. `bases` is the event that must stand at `expected` (null = any): a decision that was
-- made on top of an event which then did not come is stale even if another took its sequence. The events
-- of all commands follow one another in the second group; `event_commands` is the index of the command that an event belongs to.
--
-- `verdict` is one letter per command: R recorded now, D duplicate (the record of the first time is in
-- `known`), M mismatch (same id, other fingerprint), C conflict (its `sequence` is the stream's actual
-- one). They hold for refusals and no-ops too: what was decided on an old state is decided again.
--
-- `recorded_at` is the time of the events that were recorded.
--
-- SQLSTATE PN001: the log is in another epoch. PN002: not autocommit or unsafe session settings.
create function append_events(
    epoch bigint,
    command_ids uuid[], same_ids int[], fingerprints bytea[],
    aggregate_types text[], aggregate_ids text[], same_streams int[], expected bigint[],
    bases uuid[], metadata text[], refusals text[], event_counts int[],
    event_commands int[], event_ids uuid[], event_types text[], event_versions text[],
    payloads text[],
    out verdict text, out sequence bigint[], out "position" bigint[], out known json,
    out recorded_at timestamptz
)
language plpgsql volatile
-- A plan is made once and kept: it must go through the indexes even if it was made on an empty
-- table and runs on a full one.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
#variable_conflict use_column
declare
    n          constant int := cardinality(command_ids);
    head       bigint;
    clock      timestamptz;
    log_epoch  bigint;
    row        record;
    nr         int := 0;
    winner     int;
    granted    int := 0;
    before     int := 0;  -- events of earlier commands of the batch, granted or not
    actual     bigint;
    actuals    bigint[] := array_fill(null::bigint, array[n]);
    last_event  uuid;
    last_events uuid[]  := array_fill(null::uuid, array[n]);
    last_place  bigint;
    last_places bigint[] := array_fill(null::bigint, array[n]);
    winners    int[]    := array_fill(null::int, array[n]);
    verdicts   "char"[] := array_fill('C'::"char", array[n]);
    -- What to add to an event's index to get its position and sequence; null = not granted.
    to_pos     bigint[] := array_fill(null::bigint, array[n]);
    to_seq     bigint[] := array_fill(null::bigint, array[n]);
    inserted   int;
    strange    int;
begin
    sequence := array_fill(null::bigint, array[n]);
    position := array_fill(null::bigint, array[n]);
    perform check_append_session();
    perform lock_log();

    -- A later statement than the lock: its snapshot sees what the lock's former holder committed.
    select (select e.epoch from epochs e order by e.epoch desc limit 1), last.position,
           greatest(last.recorded_at, clock_timestamp())
        into log_epoch, head, clock
        from (values (1)) as one
        left join lateral (
            select e.position, e.recorded_at from events e order by e.position desc limit 1
        ) last on true;
    if log_epoch is distinct from append_events.epoch then
        raise exception 'the log is in epoch %, the append comes from epoch %', log_epoch, append_events.epoch
            using errcode = 'PN001', detail = log_epoch::text;
    end if;
    head := coalesce(head, 0);
    recorded_at := clock;

    -- Almost always nothing stands in the way of any command of the batch, and one look says so: no
    -- id and no stream is there twice, no id is known, every stream stands where its command was
    -- decided. Each look-up is one descent of an index, as in the loop below.
    select count(*) into strange
    from unnest(command_ids, same_ids, aggregate_types, aggregate_ids, same_streams, expected, bases)
        with ordinality as c(command_id, same_id, aggregate_type, aggregate_id, same_stream, expected, base, nr)
    left join lateral (
        select k.command_id from commands k where k.command_id = c.command_id
    ) known on true
    left join lateral (
        select e.sequence, e.event_id from events e
        where e.aggregate_type = c.aggregate_type collate "C"
          and e.aggregate_id = c.aggregate_id collate "C"
          and e.sequence >= c.expected
        order by e.sequence desc limit 1
    ) last on true
    where c.same_id <> c.nr or c.same_stream <> c.nr or known.command_id is not null
       or coalesce(last.sequence, 0) <> c.expected
       or (c.base is not null and c.base is distinct from last.event_id);

    if strange = 0 then
        for i in 1 .. n loop
            to_pos[i] := head;
            to_seq[i] := expected[i] - granted;
            granted := granted + event_counts[i];
            sequence[i] := expected[i] + event_counts[i];
            position[i] := head + granted;
            if event_counts[i] = 0 and expected[i] > 0 then
                position[i] := (
                    select e.position from events e
                    where e.aggregate_type = aggregate_types[i] collate "C"
                      and e.aggregate_id = aggregate_ids[i] collate "C"
                      and e.sequence = expected[i]);
            end if;
        end loop;
        verdict := repeat('R', n);
    else
        -- Command by command, in arrival order.
        for row in
            select c.*, known.fingerprint as known_fingerprint,
                   last.sequence as stream_sequence, last.event_id as stream_event,
                   last.position as stream_position
            from unnest(command_ids, same_ids, fingerprints, aggregate_types, aggregate_ids, same_streams,
                        expected, bases, event_counts)
                with ordinality as c(command_id, same_id, fingerprint, aggregate_type, aggregate_id, same_stream,
                                     expected, base, events, nr)
            left join lateral (
                select k.fingerprint from commands k where k.command_id = c.command_id
            ) known on true
            left join lateral (
                -- From the expected sequence on: otherwise the scan goes through all of the stream that
                -- is on the index page.
                select e.sequence, e.event_id, e.position from events e
                where c.same_stream = c.nr
                  and e.aggregate_type = c.aggregate_type collate "C"
                  and e.aggregate_id = c.aggregate_id collate "C"
                  and e.sequence >= c.expected
                order by e.sequence desc limit 1
            ) last on true
        loop
            -- Nested loops keep the order of the batch; sorting it again would cost more than this.
            nr := nr + 1;
            if row.nr <> nr or row.same_id > nr or row.same_stream > nr then
                raise exception 'the batch came out of order' using errcode = 'XX000';
            end if;
            winner := winners[row.same_id];
            actual := coalesce(actuals[row.same_stream], row.stream_sequence);
            if actual is null then
                -- Nothing at or behind the expected sequence: a new stream, or a wrong expectation.
                actual := case when row.expected = 0 then 0
                    else stream_sequence(row.aggregate_type, row.aggregate_id) end;
            end if;
            actuals[row.same_stream] := actual;
            last_event := coalesce(last_events[row.same_stream], row.stream_event);
            last_events[row.same_stream] := last_event;
            last_place := coalesce(last_places[row.same_stream], row.stream_position);
            last_places[row.same_stream] := last_place;
            if row.known_fingerprint is not null then
                verdicts[row.nr] := case when row.known_fingerprint = row.fingerprint then 'D' else 'M' end;
            elsif winner is not null then
                verdicts[row.nr] := case when fingerprints[winner] = row.fingerprint then 'D' else 'M' end;
            elsif actual <> row.expected
                or (row.base is not null and row.base is distinct from last_event)
            then
                sequence[row.nr] := actual;
            else
                verdicts[row.nr] := 'R';
                winners[row.same_id] := row.nr;
                to_pos[row.nr] := head - before;
                to_seq[row.nr] := actual - before;
                head := head + row.events;
                actual := actual + row.events;
                granted := granted + row.events;
                actuals[row.same_stream] := actual;
                if row.events > 0 then
                    last_events[row.same_stream] := event_ids[before + row.events];
                    last_place := head;
                    last_places[row.same_stream] := head;
                end if;
                sequence[row.nr] := actual;
                position[row.nr] := coalesce(last_place, head);
            end if;
            before := before + row.events;
        end loop;
        verdict := array_to_string(verdicts, '');
    end if;

    insert into events
    select to_pos[e.command] + e.nr, aggregate_types[e.command], aggregate_ids[e.command],
           to_seq[e.command] + e.nr, e.event_type, e.event_version, e.payload::json,
           metadata[e.command]::json, e.event_id, command_ids[e.command], clock
    from unnest(event_commands, event_ids, event_types, event_versions, payloads)
        with ordinality as e(command, event_id, event_type, event_version, payload, nr)
    where to_pos[e.command] is not null;
    get diagnostics inserted = row_count;
    if inserted <> granted then
        raise exception 'the batch counts % events and holds %', granted, inserted
            using errcode = '22023';
    end if;

    insert into commands
    select c.command_id, c.fingerprint, c.aggregate_type, c.aggregate_id, c.sequence, c.position,
           c.refusal::json, clock
    from unnest(command_ids, fingerprints, aggregate_types, aggregate_ids, append_events.sequence,
                append_events.position, refusals, to_pos)
        as c(command_id, fingerprint, aggregate_type, aggregate_id, sequence, position, refusal, granted)
    where c.granted is not null;

    if verdict like '%D%' then
        select json_agg(json_build_object(
                   'nr', v.nr, 'aggregate_type', k.aggregate_type, 'aggregate_id', k.aggregate_id,
                   'sequence', k.sequence, 'position', k.position, 'refusal', k.refusal) order by v.nr)
            into known
            from unnest(verdicts, command_ids) with ordinality as v(verdict, command_id, nr)
            join commands k on k.command_id = v.command_id
            where v.verdict = 'D';
    end if;
end
$$;
