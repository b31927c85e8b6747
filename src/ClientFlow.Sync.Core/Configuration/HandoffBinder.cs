using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>Binds <c>handoffs</c>.</summary>
internal static class HandoffBinder
{
    public static IReadOnlyList<HandoffRule> Bind(SectionReader file, ToolSet tools, Business business)
    {
        var rules = new List<HandoffRule>();
        if (file.Section(file.Entry("handoffs")) is not { } section) return rules;
        var identities = new Dictionary<string, (string Rule, int Line)>(StringComparer.Ordinal);
        foreach (var entry in section.Node.Entries)
        {
            if (section.Section(section.Entry(entry.Key)) is not { } rule) continue;
            NameRules.Check("handoff", entry.Key, entry.KeySpan, file.Diagnostics);
            var identity = Identity(rule, entry, identities);
            if (Rule(rule, entry.Key, identity, tools, business) is { } bound) rules.Add(bound);
        }

        return rules;
    }

    private static string Identity(SectionReader rule, ConfigEntry entry, Dictionary<string, (string Rule, int Line)> identities)
    {
        var was = rule.OptionalText("was");
        var written = rule.Entry("was")?.Value.Span;
        if (was is not null) NameRules.Check("handoff", was, written!.Value, rule.Diagnostics);
        var identity = was ?? entry.Key;
        var span = was is null ? entry.KeySpan : written!.Value;
        if (!identities.TryAdd(identity, (entry.Key, entry.KeySpan.Line)))
            rule.Diagnostics.Error(Codes.SameIdentity, span, $"two handoffs are `{identity}`", $"so is `{identities[identity].Rule}` in line {identities[identity].Line}",
                "each keeps its own history: give one of them a name of its own, or remove `was`");
        return identity;
    }

    private static HandoffRule? Rule(SectionReader rule, string name, string identity, ToolSet tools, Business business)
    {
        var before = rule.Diagnostics.Errors;
        var conditions = new ConditionBinder(rule.Diagnostics, business);
        var entry = rule.RequiredEntry("when", "say when it applies, as in `when: { deal.stage: won }`");
        var when = entry is null ? null : conditions.Bind(entry.Value, entry.KeySpan, rule.Name("when"));
        var subject = Subject(rule, conditions.Kinds);

        // Without a subject (its condition is wrong, which has been said) the rest is checked as if all were known.
        var known = subject is { } kind ? FactPaths.KnownTo(kind) : Enum.GetValues<RecordKind>();
        var require = Require(rule, known);
        var approve = rule.OptionalFlag("approve") ?? false;
        var limit = rule.OptionalNumber("limit", 1, 100_000) ?? 25;
        var create = new BlueprintBinder(rule.Diagnostics, tools, subject, known).Create(rule);
        rule.Finish();
        if (rule.Diagnostics.Errors > before || when is null || subject is null || create is null) return null;
        return new HandoffRule
        {
            Name = name,
            Identity = identity,
            Subject = subject.Value,
            When = when,
            Require = require,
            Approve = approve,
            Limit = limit,
            Create = create,
            ArmingHash = Canonical.HashOf(subject.Value, when, create, tools.Bound),
        };
    }

    // What the rule is about: what it says, else the kind that its conditions name and that stands farthest along the lifecycle.
    private static RecordKind? Subject(SectionReader rule, IReadOnlyList<RecordKind> named)
    {
        if (rule.Scalar(rule.Entry("subject")) is not { } written) return named.Count > 0 ? named.Max() : null;
        if (Names.TryKind(written.Value, out var kind)) return kind;
        rule.Diagnostics.Error(Codes.UnknownSubject, written.Span, $"unknown kind of record `{written.Value}`", "not a kind of record",
            Suggestions.DidYouMeanOrOneOf(written.Value, [.. Enum.GetValues<RecordKind>().Select(Names.Of)]));
        return null;
    }

    private static List<FactPath> Require(SectionReader rule, IReadOnlyList<RecordKind> known)
    {
        var paths = new List<FactPath>();
        foreach (var item in rule.Items(rule.Entry("require"), orOne: true) ?? [])
        {
            if (item is not ScalarNode { IsNothing: false } scalar)
            {
                rule.Diagnostics.Error(Codes.WrongShape, item.Span, $"`{rule.Name("require")}` takes names of facts, not {item.Shape}", "takes names of facts", "write it as in `require: [ client.email, deal.owner ]`");
                continue;
            }

            if (FactPaths.Resolve(scalar.Value, known, out var problem) is not { } fact) problem!.Report(rule.Diagnostics, scalar);
            else if (!paths.Contains(fact.Path)) paths.Add(fact.Path);
        }

        return paths;
    }
}
