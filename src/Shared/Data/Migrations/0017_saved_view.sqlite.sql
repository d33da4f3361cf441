-- A reader's own views of the worklist. query is an address without a patient in it: filters and order, never the text of a search.
CREATE TABLE saved_view (
    user_id INTEGER NOT NULL REFERENCES portal_user (id),
    name    TEXT NOT NULL,
    query   TEXT NOT NULL,
    PRIMARY KEY (user_id, name)
) STRICT;
