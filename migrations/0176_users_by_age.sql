-- Accounts are listed by their age.
create index users_by_age on read.users (created_at desc, id desc);
