-- The outbox carries more than dead letters.

comment on table :schema.outbox is 'What this service publishes of its own: copies for the dead-letter topic, and what it says to alerting, of whom it hears and what is amiss in it. Written in the transaction that decides it, published and deleted by a loop of its own.';
