-- What is read again because facts_version changed: a row per partition, gone when it is done.
create table :schema.replays (
  cluster_id text collate "C" not null,
  topic text collate "C" not null,
  partition integer not null,
  next_offset bigint not null,
  until_offset bigint not null,
  primary key (cluster_id, topic, partition)
);
comment on table :schema.replays is 'Records that were read under another facts_version and are read again: from next_offset to until_offset. No row: all facts are of this version.';
