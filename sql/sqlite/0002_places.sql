-- Of chunks that name others: the ids of those, 8 bytes each, big-endian, in the order of their digests. Saves looking
-- for a digest; who reads holds the digest found there against the one wanted, so a wrong place costs time only.
ALTER TABLE chunk ADD COLUMN places BLOB;
