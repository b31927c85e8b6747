using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>From the mapping file's nodes to a checked workspace. Reports every mistake, not the first.</summary>
public static class WorkspaceBinder
{
    /// <summary>Binds and checks; null when there are errors. Reads no network and no clock.</summary>
    public static WorkspaceConfig? Bind(MappingNode root, IReadOnlyList<IConnectorType> connectors, ISecretSource secrets, DiagnosticBag diagnostics)
    {
        var file = new SectionReader(root, diagnostics, secrets) { At = new Span(1, 1, 1) };
        Version(file);
        var workspace = file.OptionalText("workspace") ?? "default";
        if (file.Entry("workspace") is { Value: ScalarNode named }) NameRules.Check("workspace", workspace, named.Span, diagnostics);
        var business = Business(file);
        var publicUrl = PublicUrl(file);
        var access = AccessBinder.Bind(file);

        // Tools and rules are checked even where the business isn't usable: all mistakes at once.
        var assumed = business ?? new Business("", TimeZoneInfo.Utc, "EUR");
        var tools = ToolBinder.Bind(file, connectors);
        var rules = HandoffBinder.Bind(file, tools, assumed);
        file.Finish();
        return diagnostics.HasErrors || business is null ? null : new WorkspaceConfig
        {
            Workspace = workspace,
            Business = business,
            PublicUrl = publicUrl,
            Access = access,
            Tools = tools.Bound,
            Rules = rules,
            Hash = Canonical.HashOf(root),
        };
    }

    private static void Version(SectionReader file)
    {
        if (file.RequiredEntry("version", "begin the file with `version: 1`") is not { } entry || file.Scalar(entry) is not { } version) return;
        if (version.Value == "1") return;
        file.Diagnostics.Error(Codes.WrongVersion, version.Span, $"version `{version.Value}` of the mapping file is not known", "this program reads version 1",
            int.TryParse(version.Value, out var number) && number > 1 ? "a newer program is needed for this file" : "write `version: 1`");
    }

    private static Business? Business(SectionReader file)
    {
        const string help = "as in `business: { name: Northwind Consulting, timezone: Europe/London, currency: GBP }`";
        if (file.Section(file.RequiredEntry("business", help)) is not { } section) return null;
        var name = section.RequiredText("name");
        var zone = Zone(section);
        var currency = Currency(section);
        section.Finish();
        return name is null || zone is null || currency is null ? null : new Business(name, zone, currency);
    }

    private static TimeZoneInfo? Zone(SectionReader section)
    {
        if (section.RequiredText("timezone") is not { } id) return null;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) && (zone.HasIanaId || id == "UTC") && zone.Id == id) return zone;
        var ids = TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id).ToList();
        var written = section.Node.Entries.First(e => e.Key == "timezone").Value;
        var city = id.Replace(' ', '_');
        var near = ids.Find(z => z.EndsWith("/" + city, StringComparison.OrdinalIgnoreCase)) ?? Suggestions.Nearest(id, ids);
        var help = near is not null ? $"did you mean `{near}`?"
            : ids.Count < 10 ? "this machine has no time zone data: install the `tzdata` package"
            : "an IANA name, as in `Europe/London` or `America/New_York`";
        section.Diagnostics.Error(Codes.UnknownTimeZone, written.Span, $"unknown time zone in `{section.Name("timezone")}`", "not the name of a time zone", help);
        return null;
    }

    private static string? Currency(SectionReader section)
    {
        if (section.RequiredText("currency") is not { } code) return null;
        if (Currencies.All.Contains(code)) return code;
        var written = section.Node.Entries.First(e => e.Key == "currency").Value;
        var help = code switch
        {
            "£" => "did you mean `GBP`?",
            "€" => "did you mean `EUR`?",
            "$" or "US$" => "did you mean `USD`?",
            _ => Currencies.All.Contains(code.ToUpperInvariant()) ? $"did you mean `{code.ToUpperInvariant()}`?"
                : Suggestions.DidYouMean(code, Currencies.All.Order(StringComparer.Ordinal)) ?? "three letters by ISO 4217, as in `GBP`, `EUR` or `USD`",
        };
        section.Diagnostics.Error(Codes.UnknownCurrency, written.Span, $"unknown currency in `{section.Name("currency")}`", "not a currency of ISO 4217", help);
        return null;
    }

    private static Uri? PublicUrl(SectionReader file)
    {
        if (file.OptionalUrl("publicUrl") is not { } url) return null;
        var span = file.Node.Entries.First(e => e.Key == "publicUrl").Value.Span;
        if (url.Scheme == "http" && !url.IsLoopback)
            file.Diagnostics.Error(Codes.NotAUrl, span, "`publicUrl` is not safe", "plain http over the network", "use https; only a loopback address may use http");
        else if (url.Query.Length > 0 || url.Fragment.Length > 0)
            file.Diagnostics.Error(Codes.NotAUrl, span, "`publicUrl` has a query or a fragment", "takes an address with a path at most");
        else return Slashed(url);
        return null;
    }

    /// <summary>The address with a slash at its end, so that paths are laid under it and not beside it.</summary>
    internal static Uri Slashed(Uri url) => url.AbsolutePath.EndsWith('/') ? url : new UriBuilder(url) { Path = url.AbsolutePath + "/" }.Uri;
}

/// <summary>What names in the file may look like: they stand in addresses, on the command line and in keys.</summary>
internal static class NameRules
{
    /// <summary>Reports a name that can't be used.</summary>
    public static bool Check(string what, string name, Span span, DiagnosticBag diagnostics)
    {
        if (name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')) return true;
        diagnostics.Error(Codes.BadName, span, $"`{name}` can't be the name of a {what}", "takes up to 64 letters, digits, `-` and `_`");
        return false;
    }
}
