-- Tickets for live sockets: a browser cannot send a header with a WebSocket, and a token that can
-- be used again must not travel in a URL. A ticket is taken out by whoever uses it first, on
-- whatever node. Losing the table costs its holders a second request, so it is not logged.
create unlogged table live_tickets (
    -- SHA-256 of the ticket; the ticket itself is nowhere.
    digest      bytea primary key,
    -- Whom it speaks for, as the token that it was made with said.
    principal   jsonb not null,
    expires_at  timestamptz not null
);

create index live_tickets_by_expiry on live_tickets (expires_at);
