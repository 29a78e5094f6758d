-- Products and orders. Read models: folds of the log, never written by hand. Amounts are whole
-- minor units of the currency.

create table read.products (
    id           uuid        primary key,
    tenant       uuid        not null,
    name         text        not null,
    description  text,
    price_minor  bigint      not null,
    currency     text        not null,
    category     text,
    status       text        not null,
    -- Pieces; null = not counted.
    stock        bigint,
    reserved     bigint      not null,
    -- Orders and the pieces they hold.
    reservations jsonb       not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    sequence     bigint      not null,
    deleted      boolean     not null
);

create index products_newest on read.products (tenant, created_at desc, id desc) where not deleted;
create index products_by_name on read.products (tenant, name, id) where not deleted;
create index products_by_price on read.products (tenant, price_minor, id) where not deleted;

create table read.orders (
    id            uuid        primary key,
    tenant        uuid        not null,
    product_id    uuid        not null,
    product_name  text        not null,
    user_id       text        not null,
    quantity      bigint      not null,
    unit_minor    bigint      not null,
    total_minor   bigint      not null,
    currency      text        not null,
    status        text        not null,
    payment_id    uuid,
    approval_id   uuid,
    cancel_reason text,
    -- Whether pieces are set aside for it.
    holds_stock   boolean     not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    sequence      bigint      not null
);

create index orders_newest on read.orders (tenant, created_at desc, id desc);
create index orders_by_user on read.orders (tenant, user_id, created_at desc, id desc);
create index orders_unpaid on read.orders (created_at) where status = 'pending';
