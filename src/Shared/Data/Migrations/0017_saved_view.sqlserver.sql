-- A reader's own views of the worklist. query is an address without a patient in it: filters and order, never the text of a search.
CREATE TABLE saved_view (
    user_id bigint NOT NULL REFERENCES portal_user (id),
    name    nvarchar(60) NOT NULL,
    query   nvarchar(400) NOT NULL,
    PRIMARY KEY (user_id, name)
);
