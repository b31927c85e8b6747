using System.Collections.Immutable;

namespace ClientFlow.Sync.Core.Records;

/// <summary>One field that differs between two states of a record; null means that the field had, or has, no value.</summary>
public sealed record FieldChange(string Field, FieldValue? Before, FieldValue? After);

/// <summary>The difference between two states of a record.</summary>
/// <param name="Ref">Whose states they are.</param>
/// <param name="Fields">What differs, by name.</param>
/// <param name="First">There was no state before: the record is seen for the first time.</param>
public sealed record Change(RecordRef Ref, ImmutableArray<FieldChange> Fields, bool First);

/// <summary>What to do with an observed state of a record.</summary>
public enum Arrival
{
    /// <summary>It is newer than what is known, or the first: it becomes the known state.</summary>
    Take,

    /// <summary>It says what is known already.</summary>
    Known,

    /// <summary>It is older than what is known, or was read before our own last write: it is discarded.</summary>
    Old,

    /// <summary>It claims the version that is known and says something else: only a fresh direct read can tell.</summary>
    ReadAgain,
}

/// <summary>Holds an observed state against the known one. Old news never wins.</summary>
public static class MirrorDiff
{
    /// <summary>Decides whether an observed state becomes the known one.</summary>
    /// <param name="known">The known state, null when there is none.</param>
    /// <param name="seen">The observed state.</param>
    /// <param name="lastWrite">When our last write to this record was confirmed, UTC; null when we never wrote it.</param>
    /// <param name="direct">The state comes from a direct read of the record, not from a list or search that may lag.</param>
    public static Arrival Judge(Record? known, Record seen, DateTimeOffset? lastWrite, bool direct)
    {
        if (lastWrite is { } written && seen.Version.ReadBegan < written) return Arrival.Old;
        if (known is null) return Arrival.Take;
        if (known.Version.Order is { } ours && seen.Version.Order is { } theirs && ours != theirs)
            return theirs < ours ? Arrival.Old : Arrival.Take;

        // Where reads are the only order, a later read of the same state makes it newer: what was read in between is old.
        if (known.SameContent(seen)) return seen.Version.Order is null && seen.Version.ReadBegan > known.Version.ReadBegan ? Arrival.Take : Arrival.Known;
        if (seen.Version.ReadBegan < known.Version.ReadBegan) return Arrival.Old;

        // Vendors' clocks are coarse and their indexes lag: the same version with other content may be either's truth.
        return direct || seen.Version.Order is null ? Arrival.Take : Arrival.ReadAgain;
    }

    /// <summary>What differs between two states; null when nothing does.</summary>
    public static Change? Between(Record? before, Record after)
    {
        var fields = ImmutableArray.CreateBuilder<FieldChange>();
        foreach (var name in (before?.Fields.Keys ?? []).Union(after.Fields.Keys).Order(StringComparer.Ordinal))
        {
            var (was, now) = (before?[name], after[name]);
            if (was != now) fields.Add(new FieldChange(name, was, now));
        }

        return fields.Count == 0 && before is not null ? null : new Change(after.Ref, fields.ToImmutable(), before is null);
    }
}
