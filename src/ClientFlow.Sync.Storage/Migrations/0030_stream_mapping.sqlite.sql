-- By which mapping a stream's records were read: by another one, they have to be read again.
ALTER TABLE streams ADD COLUMN mapping TEXT;
