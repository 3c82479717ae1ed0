-- What a new version marks is followed to the end, also where rows do not differ: the functions behind may be the new ones.
alter table :schema.marks add column again boolean not null default false;
comment on column :schema.marks.again is 'The code is new: the group tells of all its rows, so that those behind it are derived too.';
