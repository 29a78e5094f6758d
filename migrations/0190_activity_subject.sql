-- What an entry is about, so that nobody is told of what their own queries hide.
alter table read.activity add column aggregate_type text not null default '';
