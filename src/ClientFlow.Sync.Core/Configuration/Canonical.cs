using System.Globalization;
using System.Text;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>One spelling for each meaning, so that a hash changes when the meaning does and not when the layout does.</summary>
internal static class Canonical
{
    /// <summary>A hash of a whole file: blind to layout, comments, quotes and the order of keys. Variables stand by their names.</summary>
    public static string HashOf(ConfigNode node)
    {
        var text = new StringBuilder();
        Write(text, node);
        return Keys.Hash("config|" + text, 20);
    }

    /// <summary>
    /// A hash of what a rule is about and when it applies: its condition, the date that moves it, and where the file says that
    /// their facts come from. Old records may come to pass the very same condition by another mapping.
    /// </summary>
    public static string HashOf(RecordKind subject, Condition when, Blueprint create, IReadOnlyList<ToolConfig> tools)
    {
        var date = create is ReminderBlueprint { On.From: { } path } ? "|on " + path + Sources(path, null, tools) : "";
        return Keys.Hash($"arming|{Names.Of(subject)}|{Text(when, tools)}{date}", 20);
    }

    private static void Write(StringBuilder text, ConfigNode node)
    {
        switch (node)
        {
            case ScalarNode { IsNothing: true }:
                text.Append("null");
                break;
            case ScalarNode scalar:
                text.Append(Quote(scalar.Value));
                break;
            case SequenceNode list:
                text.Append('[');
                foreach (var item in list.Items)
                {
                    Write(text, item);
                    text.Append(',');
                }

                text.Append(']');
                break;
            case MappingNode mapping:
                text.Append('{');
                foreach (var entry in mapping.Entries.OrderBy(e => e.Key, StringComparer.Ordinal))
                {
                    text.Append(Quote(entry.Key)).Append(':');
                    Write(text, entry.Value);
                    text.Append(',');
                }

                text.Append('}');
                break;
            default: throw new InvalidOperationException("a kind of node without a canonical form");
        }
    }

    private static string Text(Condition condition, IReadOnlyList<ToolConfig> tools) => condition switch
    {
        Condition.All { Of: [var one] } => Text(one, tools),
        Condition.Any { Of: [var one] } => Text(one, tools),
        Condition.All all => $"all({Sorted(all.Of.SelectMany(c => c is Condition.All inner ? inner.Of : [c]).Select(c => Text(c, tools)))})",
        Condition.Any any => $"any({Sorted(any.Of.SelectMany(c => c is Condition.Any inner ? inner.Of : [c]).Select(c => Text(c, tools)))})",
        Condition.Not { Of: Condition.Not inner } => Text(inner.Of, tools),
        Condition.Not not => $"not({Text(not.Of, tools)})",
        Condition.Fact fact => $"{fact.Path} {Text(fact.Test)}{Sources(fact.Path, Words(fact.Test), tools)}",
        _ => throw new InvalidOperationException("a kind of condition without a canonical form"),
    };

    // Only what the file says of a fact: a connector's defaults are ours, and what happened while a new version was installed must fire.
    private static string Sources(FactPath path, IReadOnlyCollection<string>? words, IReadOnlyList<ToolConfig> tools) => string.Concat(
        from tool in tools
        let edited = tool.Mappings.GetValueOrDefault(path.Kind)?.Edited(path.Field, words)
        where edited is not null
        let source = $" from {tool.Connector} {edited}"
        orderby source
        select source);

    private static List<string>? Words(FactTest test) => test switch
    {
        FactTest.Is { Value: var value } => [value.Show()],
        FactTest.In { Values: var values } => [.. values.Select(v => v.Show())],
        _ => null,
    };

    private static string Text(FactTest test) => test switch
    {
        FactTest.Is { Value: var value } => $"is {Text(value)}",
        FactTest.In { Values: [var one] } => $"is {Text(one)}",
        FactTest.In { Values: var values } => $"in {Sorted(values.Select(Text))}",
        FactTest.Exists { Wanted: var wanted } => wanted ? "exists" : "absent",
        FactTest.Compare { How: var how, Value: var value } => $"{how} {Text(value)}",
        FactTest.Within { Span: var span } => $"within {span.Ticks}",
        FactTest.OlderThan { Span: var span } => $"olderThan {span.Ticks}",
        _ => throw new InvalidOperationException("a kind of test without a canonical form"),
    };

    private static string Text(FieldValue value) => value switch
    {
        FieldValue.Number number => number.Value.ToString("0.############", CultureInfo.InvariantCulture),
        _ => Quote(value.Show()),
    };

    private static string Sorted(IEnumerable<string> parts) => string.Join(',', parts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    private static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
