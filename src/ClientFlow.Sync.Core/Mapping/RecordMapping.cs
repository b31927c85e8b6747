using System.Collections.Frozen;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Mapping;

/// <summary>How one tool's records of one kind become canonical: a connector's defaults with the file's entries laid over them.</summary>
public sealed class RecordMapping
{
    private readonly FrozenDictionary<string, FieldMapping> byField;

    public RecordMapping(RecordKind kind, IEnumerable<FieldMapping> defaults, IEnumerable<FieldMapping> overrides)
    {
        Kind = kind;
        var fields = new Dictionary<string, FieldMapping>(StringComparer.Ordinal);
        foreach (var field in defaults) fields[field.Field] = field;
        foreach (var field in overrides) fields[field.Field] = Over(fields.GetValueOrDefault(field.Field), field);
        byField = fields.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public RecordKind Kind { get; }

    /// <summary>The mapped fields, by canonical name.</summary>
    public IReadOnlyDictionary<string, FieldMapping> Fields => byField;

    /// <summary>The vendor's fields that have to be asked for.</summary>
    public IEnumerable<string> SourceFields => byField.Values.Select(f => f.From).Distinct(StringComparer.Ordinal);

    // The file names the values that differ; for the same vendor field the connector's other values keep their meaning.
    private static FieldMapping Over(FieldMapping? given, FieldMapping file)
    {
        if (given?.Values is not { } values || given.From != file.From) return file;
        var merged = values.ToDictionary();
        foreach (var (key, value) in file.Values ?? new Dictionary<string, string>()) merged[key] = value;
        return file with { Values = merged };
    }
}
