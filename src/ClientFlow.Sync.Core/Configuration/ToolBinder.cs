using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>The tools of a file: those that are usable, and the names of all, so that one mistake isn't reported twice.</summary>
internal sealed record ToolSet(IReadOnlyList<ToolConfig> Bound, IReadOnlyList<string> Named, IReadOnlyDictionary<string, ConnectorManifest> Manifests, IReadOnlySet<string> ReadOnly);

/// <summary>Binds <c>tools</c> and <c>mapping</c>.</summary>
internal static class ToolBinder
{
    private static readonly TimeSpan LeastPoll = TimeSpan.FromSeconds(1);

    public static ToolSet Bind(SectionReader file, IReadOnlyList<IConnectorType> connectors)
    {
        const string help = "name at least one tool, as in `crm: { connector: hubspot, token: \"${HUBSPOT_TOKEN}\" }`";
        var mappingEntry = file.Entry("mapping");
        if (file.Section(file.RequiredEntry("tools", help)) is not { } section)
            return new ToolSet([], [], new Dictionary<string, ConnectorManifest>(), new HashSet<string>());
        if (section.Node.Entries.Count == 0)
            file.Diagnostics.Error(Codes.NoTools, section.At, "no tool is named", "no tool follows", help);

        var manifests = new Dictionary<string, ConnectorManifest>(StringComparer.Ordinal);
        var readOnly = new HashSet<string>(StringComparer.Ordinal);
        var drafts = new List<ToolConfig>();
        foreach (var entry in section.Node.Entries)
        {
            if (section.Section(section.Entry(entry.Key)) is not { } tool) continue;
            NameRules.Check("tool", entry.Key, entry.KeySpan, file.Diagnostics);
            if (Connector(tool, connectors) is not { } type) continue;
            manifests[entry.Key] = type.Manifest;
            if (Tool(tool, entry, type, readOnly) is { } draft) drafts.Add(draft);
        }

        var named = section.Node.Entries.Select(e => e.Key).ToList();
        var overrides = Mapping(file.Section(mappingEntry), named, manifests);
        var bound = drafts.Select(d => d with { Mappings = Mappings(manifests[d.Name], overrides.Where(o => o.Tool == d.Name)) }).ToList();
        return new ToolSet(bound, named, manifests, readOnly);
    }

    private static IConnectorType? Connector(SectionReader tool, IReadOnlyList<IConnectorType> connectors)
    {
        if (tool.RequiredText("connector") is not { } id) return null;
        if (connectors.FirstOrDefault(c => c.Manifest.Id == id) is { } type) return type;
        var written = tool.Node.Entries.First(e => e.Key == "connector").Value;
        tool.Diagnostics.Error(Codes.UnknownConnector, written.Span, $"unknown connector in `{tool.Path}`", "no connector of this name",
            Suggestions.DidYouMeanOrOneOf(id, [.. connectors.Select(c => c.Manifest.Id)]));
        return null;
    }

    private static ToolConfig? Tool(SectionReader tool, ConfigEntry entry, IConnectorType type, HashSet<string> readOnly)
    {
        var before = tool.Diagnostics.Count;
        var baseUrl = BaseUrl(tool);
        var poll = tool.OptionalDuration("poll");
        if (poll < LeastPoll)
            tool.Diagnostics.Error(Codes.OutOfRange, tool.Entry("poll")!.Value.Span, $"`{tool.Name("poll")}` is too short", "a second at least");
        if (tool.OptionalFlag("readOnly") is true) readOnly.Add(entry.Key);
        var quota = Quota(tool, type.Manifest, baseUrl);
        var settings = type.BindSettings(tool);
        tool.Finish(misspelledOnly: settings is null);
        if (settings is null && tool.Diagnostics.Count == before)
            tool.Diagnostics.Error(Codes.UnusableSettings, entry.KeySpan, $"the settings of `{tool.Path}` can't be used", $"{type.Manifest.Name} refused them");
        return settings is null ? null : new ToolConfig
        {
            Name = entry.Key,
            Connector = type.Manifest.Id,
            Settings = settings,
            BaseUrl = WorkspaceBinder.Slashed(baseUrl ?? type.Manifest.BaseUrl),
            Poll = poll,
            Quota = quota,
            ReadOnly = readOnly.Contains(entry.Key),
            Mappings = new Dictionary<RecordKind, RecordMapping>(),
        };
    }

    // The vendor's limits on its smallest plan, with the file's own laid over them. What answers on this very machine is not the
    // vendor (the sandbox, a stand-in): it has the limits that the file gives it.
    private static List<QuotaWindow> Quota(SectionReader tool, ConnectorManifest manifest, Uri? baseUrl)
    {
        var entry = tool.Entry("quota");
        if (entry?.Value is ScalarNode { Value: "none" }) return [];
        if (tool.Section(entry) is not { } section) return baseUrl is { IsLoopback: true } ? [] : [.. manifest.Quota];
        var windows = manifest.Quota.Select(w => section.OptionalNumber(w.Name, 1, int.MaxValue) is { } limit ? w with { Limit = limit } : w).ToList();
        section.Finish();
        return windows;
    }

    private static Uri? BaseUrl(SectionReader tool)
    {
        if (tool.OptionalUrl("baseUrl") is not { } url) return null;
        var span = tool.Entry("baseUrl")!.Value.Span;
        if (url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            tool.Diagnostics.Error(Codes.NotAUrl, span, $"`{tool.Name("baseUrl")}` has a query or a fragment", "takes an address with a path at most");
            return null;
        }

        if (url.Scheme == "http" && !url.IsLoopback)
            tool.Diagnostics.Warning(Codes.PlainHttp, span, $"`{tool.Name("baseUrl")}` sends its credential over plain http", "not encrypted", "use https, except within a network of your own");
        return url;
    }

    private static Dictionary<RecordKind, RecordMapping> Mappings(ConnectorManifest manifest, IEnumerable<Override> overrides)
    {
        var own = overrides.ToLookup(o => o.Kind, o => o.Field);
        return manifest.Streams.GroupBy(s => s.Kind).ToDictionary(g => g.Key, g => new RecordMapping(g.Key, g.SelectMany(s => s.Mapping), own[g.Key]));
    }

    private sealed record Override(string Tool, RecordKind Kind, FieldMapping Field);

    private static List<Override> Mapping(SectionReader? mapping, List<string> named, Dictionary<string, ConnectorManifest> manifests)
    {
        var found = new List<Override>();
        if (mapping is null) return found;
        foreach (var entry in mapping.Node.Entries)
        {
            if (mapping.Section(mapping.Entry(entry.Key)) is not { } fields) continue;
            var dot = entry.Key.IndexOf('.', StringComparison.Ordinal);
            if (dot <= 0)
            {
                mapping.Diagnostics.Error(Codes.MappingTool, entry.KeySpan, $"`{entry.Key}` in `mapping` names no tool and kind", "not of the form `tool.kind`", "write it as in `crm.deal:`");
                continue;
            }

            var (tool, word) = (entry.Key[..dot], entry.Key[(dot + 1)..]);
            if (!named.Contains(tool))
            {
                mapping.Diagnostics.Error(Codes.MappingTool, At(entry, 0, dot), $"unknown tool `{tool}` in `mapping`", "not a key of `tools`", Suggestions.DidYouMeanOrOneOf(tool, named));
                continue;
            }

            // Its connector is unknown, which has been said.
            if (!manifests.TryGetValue(tool, out var manifest)) continue;
            var offered = manifest.Streams.Select(s => s.Kind).Distinct().Select(Names.Of).ToList();
            if (!Names.TryKind(word, out var kind) || !offered.Contains(word))
            {
                var message = Names.TryKind(word, out _) ? $"{manifest.Name} has no records of the kind `{word}`" : $"unknown kind of record `{word}`";
                mapping.Diagnostics.Error(Codes.MappingKind, At(entry, dot + 1, word.Length), message, $"not a kind that `{tool}` offers", Suggestions.DidYouMeanOrOneOf(word, offered));
                continue;
            }

            var defaults = manifest.Streams.Where(s => s.Kind == kind).SelectMany(s => s.Mapping).ToList();
            foreach (var field in fields.Node.Entries)
                if (Field(fields, field, kind, defaults) is { } bound) found.Add(new Override(tool, kind, bound));
        }

        return found;
    }

    private static FieldMapping? Field(SectionReader fields, ConfigEntry entry, RecordKind kind, List<FieldMapping> defaults)
    {
        fields.Entry(entry.Key);
        if (RecordSchema.Find(kind, entry.Key) is not { } field)
        {
            var names = RecordSchema.Of(kind).Where(f => f.Type is not (FieldType.Reference or FieldType.References)).Select(f => f.Name).ToList();
            fields.Diagnostics.Error(Codes.MappingField, entry.KeySpan, $"unknown field `{entry.Key}` of {FactPaths.Article(kind)}",
                $"not a field of {FactPaths.Article(kind)}", Suggestions.DidYouMeanOrOneOf(entry.Key, names));
            return null;
        }

        if (field.Type is FieldType.Reference or FieldType.References)
        {
            fields.Diagnostics.Error(Codes.MappingReference, entry.KeySpan, $"`{Names.Of(kind)}.{entry.Key}` can't be mapped", "links between records come from the tool itself", "remove it");
            return null;
        }

        if (entry.Value is ScalarNode)
            return fields.OptionalText(entry.Key) is { } from ? new FieldMapping(entry.Key, from, Inherited(entry.Key, from, defaults)) : null;
        if (fields.Section(entry) is not { } section) return null;
        var source = section.OptionalText("field") ?? defaults.FindLast(d => d.Field == entry.Key)?.From;
        var values = Values(section, field, kind);
        section.Finish();
        if (source is not null) return new FieldMapping(entry.Key, source, values ?? Inherited(entry.Key, source, defaults));
        if (section.Entry("field") is null)
            fields.Diagnostics.Error(Codes.MappingWithoutSource, entry.KeySpan, $"`{section.Path}` names no field of the tool", "`field` is missing here", "add `field:` with the tool's own name of the field");
        return null;
    }

    // The same vendor field keeps the meaning that the connector gives its values.
    private static IReadOnlyDictionary<string, string>? Inherited(string field, string from, List<FieldMapping> defaults) =>
        defaults.FindLast(d => d.Field == field && d.From == from)?.Values;

    private static Dictionary<string, string>? Values(SectionReader section, FieldDefinition field, RecordKind kind)
    {
        if (section.Section(section.Entry("values")) is not { } values) return null;
        var words = field.Type switch
        {
            FieldType.Choice => field.Choices,
            FieldType.Flag => ["true", "false"],
            _ => null,
        };
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in values.Node.Entries)
        {
            if (values.Scalar(values.Entry(entry.Key)) is not { } word) continue;
            if (words is not null && !words.Contains(word.Value))
                section.Diagnostics.Error(Codes.UnknownWord, word.Span, $"unknown {field.Name} `{word.Value}` for {FactPaths.Article(kind)}",
                    $"not a value of `{Names.Of(kind)}.{field.Name}`", Suggestions.DidYouMeanOrOneOf(word.Value, words));
            else map[entry.Key] = word.Value;
        }

        return map;
    }

    private static Span At(ConfigEntry entry, int start, int length) =>
        entry.KeySpan.Length == entry.Key.Length ? entry.KeySpan with { Column = entry.KeySpan.Column + start, Length = Math.Max(1, length) } : entry.KeySpan;
}
