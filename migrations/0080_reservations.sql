-- Pieces that orders hold of products: one row each, so that an event of a product much asked for
-- does not write all of them again. `products.reservations` is no longer filled; the build before
-- still writes it, so it goes with a later release.

alter table read.products alter column reservations set default '{}';

create table read.reservations (
    product     uuid        not null,
    order_id    uuid        not null,
    tenant      uuid        not null,
    quantity    bigint      not null,
    reserved_at timestamptz not null,
    primary key (product, order_id)
);

create index reservations_oldest on read.reservations (reserved_at);
