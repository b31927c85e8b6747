using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Worker.Configuration;

namespace ClientFlow.Sync.Worker.Commands;

/// <summary><c>clientflow check</c>: is the mapping file good, and what does it promise? Calls no network.</summary>
public static class CheckCommand
{
    /// <summary>The exit code for a file that is refused.</summary>
    public const int Refused = 2;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(IReadOnlyList<IConnectorType> connectors)
    {
        var file = new Option<string>("--config") { Description = "The mapping file", HelpName = "FILE", Required = true };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON" };
        var command = new Command("check", "Check a mapping file: every mistake at once, and what each tool and rule promises") { file, json };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var errors = parsed.InvocationConfiguration.Error;
            var colour = !Console.IsErrorRedirected && ReferenceEquals(errors, Console.Error) && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
            return Run(parsed.GetRequiredValue(file), parsed.GetValue(json), connectors, secrets: null, output, errors, colour);
        });
        return command;
    }

    /// <summary>Checks one file. 0: good, perhaps with warnings; 2: refused.</summary>
    public static int Run(
        string path, bool json, IReadOnlyList<IConnectorType> connectors, ISecretSource? secrets, TextWriter output, TextWriter errors, bool colour = false)
    {
        var loaded = ConfigLoader.Load(path, connectors, secrets);
        if (json)
        {
            output.WriteLine(Json(loaded, connectors));
            return loaded.Config is null ? Refused : 0;
        }

        errors.Write(DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source, colour));
        if (loaded.Config is not { } config)
        {
            var count = loaded.Diagnostics.Count(d => d.Severity == Severity.Error);
            errors.WriteLine($"{path}: {(count == 1 ? "one mistake" : $"{count} mistakes")}");
            return Refused;
        }

        output.Write(Summary(path, config, connectors));
        return 0;
    }

    /// <summary>What a good file promises: per tool how each write is kept from happening twice, per rule what it does.</summary>
    public static string Summary(string path, WorkspaceConfig config, IReadOnlyList<IConnectorType> connectors)
    {
        var text = new StringBuilder();
        text.AppendLine($"{path} is good: {Count(config.Tools.Count, "tool")}, {Count(config.Rules.Count, "handoff")}, configuration {config.Hash}");
        text.AppendLine($"  {config.Business.Name}, {config.Business.Zone.Id}, {config.Business.Currency}; webhooks {(config.PublicUrl is { } url ? "at " + url : "off, everything by polling")}");
        text.AppendLine($"  pages for {Visitors(config.Access)}");
        text.AppendLine().AppendLine("Tools");
        foreach (var tool in config.Tools)
        {
            var manifest = connectors.First(c => c.Manifest.Id == tool.Connector).Manifest;
            var notes = $"{(tool.Poll is { } poll ? $", polled every {Durations.Show(poll)}" : "")}{(tool.ReadOnly ? ", read-only: never written to" : "")}";
            text.AppendLine($"  {tool.Name}: {manifest.Name}{notes}");
            text.AppendLine($"    reads   {string.Join(", ", manifest.Streams.Select(s => s.Name))}");
            var width = manifest.Actions.Count == 0 ? 0 : manifest.Actions.Max(a => a.Action.Length);
            foreach (var action in manifest.Actions)
            {
                text.AppendLine($"    writes  {action.Action.PadRight(width)}  {Strength(action.Strength),-10}  may commit for {Durations.Show(action.MaxCommit)} after a cut, " +
                    $"a look-up may miss it for {Durations.Show(action.ReadLag)}: {InWords.Of(action)}");
            }
        }

        text.AppendLine().AppendLine("Handoffs");
        foreach (var rule in config.Rules) text.AppendLine($"  {rule.Name}: {InWords.Of(rule)}");
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static string Visitors(AccessConfig? access)
    {
        if (access is null) return "this machine alone";
        var people = access.Users.Select(u => (u.Name, u.Role)).Concat(access.Oidc?.People.Select(p => (Name: p.Key, Role: p.Value)) ?? []);
        string?[] ways = [access.Users.Count > 0 ? "by password" : null, access.Oidc is { } oidc ? $"with {oidc.Authority.Host}" : null];
        return $"{string.Join(", ", people.Select(p => $"{p.Name} ({p.Role.ToString().ToLowerInvariant()})"))}; they sign in {string.Join(" or ", ways.OfType<string>())}" +
            (access.Url is { } url ? $" at {url}" : "");
    }

    private static string Json(LoadResult loaded, IReadOnlyList<IConnectorType> connectors)
    {
        using var diagnostics = JsonDocument.Parse(DiagnosticRenderer.Json(loaded.Diagnostics, loaded.Source));
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            foreach (var property in diagnostics.RootElement.EnumerateObject()) property.WriteTo(json);
            if (loaded.Config is { } config) Write(json, config, connectors);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, WorkspaceConfig config, IReadOnlyList<IConnectorType> connectors)
    {
        json.WriteString("workspace", config.Workspace);
        json.WriteString("hash", config.Hash);
        json.WriteStartArray("tools");
        foreach (var tool in config.Tools)
        {
            json.WriteStartObject();
            json.WriteString("name", tool.Name);
            json.WriteString("connector", tool.Connector);
            json.WriteBoolean("readOnly", tool.ReadOnly);
            json.WriteStartArray("actions");
            foreach (var action in connectors.First(c => c.Manifest.Id == tool.Connector).Manifest.Actions)
            {
                json.WriteStartObject();
                json.WriteString("action", action.Action);
                json.WriteString("strength", Strength(action.Strength));
                json.WriteString("how", action.How);
                json.WriteNumber("maxCommitSeconds", action.MaxCommit.TotalSeconds);
                json.WriteNumber("readLagSeconds", action.ReadLag.TotalSeconds);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("handoffs");
        foreach (var rule in config.Rules)
        {
            json.WriteStartObject();
            json.WriteString("name", rule.Name);
            json.WriteString("subject", Names.Of(rule.Subject));
            json.WriteString("tool", rule.Create.Tool);
            json.WriteString("says", InWords.Of(rule));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Strength(KeyStrength strength) => strength switch
    {
        KeyStrength.Native => "native",
        KeyStrength.Marker => "marker",
        KeyStrength.Repeatable => "repeatable",
        KeyStrength.None => "none",
    };

    private static string Count(int count, string what) => $"{count.ToString(CultureInfo.InvariantCulture)} {what}{(count == 1 ? "" : "s")}";
}
