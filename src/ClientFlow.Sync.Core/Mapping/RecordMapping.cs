using System.Collections.Frozen;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Mapping;

/// <summary>How one tool's records of one kind become canonical: a connector's defaults with the file's entries laid over them.</summary>
public sealed class RecordMapping
{
    private readonly FrozenDictionary<string, FieldMapping> byField;
    private readonly FrozenDictionary<string, FieldMapping> given;

    public RecordMapping(RecordKind kind, IEnumerable<FieldMapping> defaults, IEnumerable<FieldMapping> overrides)
    {
        Kind = kind;
        var fields = new Dictionary<string, FieldMapping>(StringComparer.Ordinal);
        foreach (var field in defaults) fields[field.Field] = field;
        var own = new HashSet<string>(StringComparer.Ordinal);
        given = fields.ToFrozenDictionary(StringComparer.Ordinal);
        foreach (var field in overrides)
        {
            fields[field.Field] = Over(fields.GetValueOrDefault(field.Field), field);
            own.Add(field.Field);
        }

        byField = fields.ToFrozenDictionary(StringComparer.Ordinal);
        FromFile = own.ToFrozenSet(StringComparer.Ordinal);
        Hash = Keys.Hash("mapping|" + string.Join('|', byField.Values.OrderBy(f => f.Field, StringComparer.Ordinal).Select(f => Text(f, null))), 20);
    }

    public RecordKind Kind { get; }

    /// <summary>The canonical fields that the file has an entry of its own for.</summary>
    public IReadOnlySet<string> FromFile { get; }

    /// <summary>Changes with the meaning of any field: what was read by another mapping has to be read again.</summary>
    public string Hash { get; }

    /// <summary>The mapped fields, by canonical name.</summary>
    public IReadOnlyDictionary<string, FieldMapping> Fields => byField;

    /// <summary>The vendor's fields that have to be asked for.</summary>
    public IEnumerable<string> SourceFields => byField.Values.Select(f => f.From).Distinct(StringComparer.Ordinal);

    /// <summary>Where the file says that a field comes from; null where that is what the connector says already.</summary>
    /// <param name="words">The canonical words that matter; null for all.</param>
    internal string? Edited(string field, IReadOnlyCollection<string>? words)
    {
        if (!FromFile.Contains(field)) return null;
        var text = Text(byField[field], words);
        return given.TryGetValue(field, out var before) && Text(before, words) == text ? null : text;
    }

    /// <summary>One spelling for where a field comes from, so that a hash of it changes with its meaning.</summary>
    /// <param name="words">The canonical words that matter; null for all.</param>
    internal static string Text(FieldMapping field, IReadOnlyCollection<string>? words) =>
        $"{field.Field}<{field.From}" + string.Concat((field.Values ?? new Dictionary<string, string>())
            .Where(v => words is null || words.Contains(v.Value))
            .OrderBy(v => v.Key, StringComparer.Ordinal)
            .Select(v => $";{v.Key}={v.Value}"));

    // The file names the values that differ; for the same vendor field the connector's other values keep their meaning.
    private static FieldMapping Over(FieldMapping? given, FieldMapping file)
    {
        if (given?.Values is not { } values || given.From != file.From) return file;
        var merged = values.ToDictionary();
        foreach (var (key, value) in file.Values ?? new Dictionary<string, string>()) merged[key] = value;
        return file with { Values = merged };
    }
}
