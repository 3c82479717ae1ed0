-- A keyword that many leads contain is looked for by walking them in order, each once: by the index of trigrams each page reads all that contain it.
create index lead_texts_walked on :schema.lead_texts (project_id, phone);
