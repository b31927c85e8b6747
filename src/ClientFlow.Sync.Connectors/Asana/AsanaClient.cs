using System.Text.Json.Serialization.Metadata;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>One method per endpoint that we call.</summary>
internal sealed class AsanaClient(WireClient wire, AsanaSettings settings)
{
    private const string Limit = "100";
    private const string JobFields = "status,new_project";
    private const string ItemFields = "name,notes,permalink_url";

    // The handshake happens while this call is under way: it takes as long as our own public address takes to answer.
    private static readonly TimeSpan HandshakeTakes = TimeSpan.FromSeconds(30);

    public Task<Outcome<AsanaList<AsanaProject>>> ProjectsAsync(
        bool? archived, string? offset, string fields, CancellationToken cancellationToken) =>
        wire.GetAsync(
            WirePath.With("projects",
                ("workspace", settings.Workspace),
                ("archived", archived switch { true => "true", false => "false", null => null }),
                ("limit", Limit), ("offset", offset), ("opt_fields", fields)),
            AsanaJson.Default.AsanaListAsanaProject,
            cancellationToken);

    public Task<Outcome<AsanaEnvelope<AsanaProject>>> ProjectAsync(string gid, string fields, CancellationToken cancellationToken) =>
        wire.GetAsync(
            WirePath.With($"projects/{WirePath.Part(gid)}", ("opt_fields", fields)), AsanaJson.Default.AsanaEnvelopeAsanaProject, cancellationToken);

    /// <summary>Every project there is, the archived ones too.</summary>
    public async Task<Outcome<List<AsanaProject>>> AllProjectsAsync(string fields, CancellationToken cancellationToken) =>
        await AllAsync(
            offset => WirePath.With("projects", ("workspace", settings.Workspace), ("limit", Limit), ("offset", offset), ("opt_fields", fields)),
            AsanaJson.Default.AsanaListAsanaProject,
            cancellationToken);

    public Task<Outcome<AsanaEnvelope<AsanaTemplate>>> TemplateAsync(string gid, CancellationToken cancellationToken) =>
        wire.GetAsync(
            WirePath.With($"project_templates/{WirePath.Part(gid)}", ("opt_fields", "requested_dates,requested_dates.name")),
            AsanaJson.Default.AsanaEnvelopeAsanaTemplate,
            cancellationToken);

    public Task<Outcome<AsanaEnvelope<AsanaJob>>> JobAsync(string gid, CancellationToken cancellationToken) =>
        wire.GetAsync(WirePath.With($"jobs/{WirePath.Part(gid)}", ("opt_fields", JobFields)), AsanaJson.Default.AsanaEnvelopeAsanaJob, cancellationToken);

    public Task<Outcome<AsanaEnvelope<AsanaStatusUpdate>>> StatusUpdateAsync(string gid, CancellationToken cancellationToken) =>
        wire.GetAsync($"status_updates/{WirePath.Part(gid)}", AsanaJson.Default.AsanaEnvelopeAsanaStatusUpdate, cancellationToken);

    public Task<Outcome<AsanaEnvelope<AsanaUser>>> MeAsync(CancellationToken cancellationToken) =>
        wire.GetAsync(WirePath.With("users/me", ("opt_fields", "email,workspaces")), AsanaJson.Default.AsanaEnvelopeAsanaUser, cancellationToken);

    public Task<Outcome<List<AsanaUser>>> UsersAsync(CancellationToken cancellationToken) =>
        AllAsync(
            offset => WirePath.With("users",
                ("workspace", settings.Workspace), ("limit", Limit), ("offset", offset), ("opt_fields", "email,name")),
            AsanaJson.Default.AsanaListAsanaUser,
            cancellationToken);

    public Task<Outcome<List<AsanaItem>>> SectionsAsync(string project, CancellationToken cancellationToken) =>
        AllAsync(
            offset => WirePath.With($"projects/{WirePath.Part(project)}/sections", ("limit", Limit), ("offset", offset), ("opt_fields", "name")),
            AsanaJson.Default.AsanaListAsanaItem,
            cancellationToken);

    public Task<Outcome<List<AsanaItem>>> TasksAsync(string project, CancellationToken cancellationToken) =>
        AllAsync(
            offset => WirePath.With("tasks", ("project", project), ("limit", Limit), ("offset", offset), ("opt_fields", ItemFields)),
            AsanaJson.Default.AsanaListAsanaItem,
            cancellationToken);

    public Task<Outcome<List<AsanaWebhookRecord>>> WebhooksAsync(CancellationToken cancellationToken) =>
        AllAsync(
            offset => WirePath.With("webhooks",
                ("workspace", settings.Workspace), ("limit", Limit), ("offset", offset), ("opt_fields", "active,target")),
            AsanaJson.Default.AsanaListAsanaWebhookRecord,
            cancellationToken);

    public Task<Outcome<AsanaEnvelope<AsanaWebhookRecord>>> CreateWebhookAsync(AsanaNewWebhook webhook, CancellationToken cancellationToken)
    {
        var call = WireCall.Send(
            HttpMethod.Post, "webhooks", new AsanaEnvelope<AsanaNewWebhook>(webhook), AsanaJson.Default.AsanaEnvelopeAsanaNewWebhook);
        return wire.SendAsync(call with { Timeout = HandshakeTakes }, AsanaJson.Default.AsanaEnvelopeAsanaWebhookRecord, cancellationToken);
    }

    public Task<Outcome<WireReply>> DeleteWebhookAsync(string gid, CancellationToken cancellationToken) =>
        wire.SendAsync(new WireCall(HttpMethod.Delete, $"webhooks/{WirePath.Part(gid)}") { Write = true }, cancellationToken);

    public static string NewProjectPath(string fields) => WirePath.With("projects", ("opt_fields", fields));

    public static string ChangedProjectPath(string gid, string fields) => WirePath.With($"projects/{WirePath.Part(gid)}", ("opt_fields", fields));

    public static string InstantiatePath(string template) =>
        WirePath.With($"project_templates/{WirePath.Part(template)}/instantiateProject", ("opt_fields", JobFields));

    public static string NewSectionPath(string project) => $"projects/{WirePath.Part(project)}/sections";

    public static string NewTaskPath { get; } = WirePath.With("tasks", ("opt_fields", ItemFields));

    /// <summary>Sends a frozen write. An answer without a gid leaves it in doubt.</summary>
    public async Task<Outcome<T>> CreateAsync<T>(
        FrozenCall frozen, JsonTypeInfo<AsanaEnvelope<T>> type, Func<T, string?> gid, CancellationToken cancellationToken)
        where T : class
    {
        var call = WireCall.Of(frozen);
        if (!(await wire.SendAsync(call, type, cancellationToken)).Succeeded(out var answer, out var failure)) return failure;
        return answer.Data is { } data && !string.IsNullOrEmpty(gid(data)) ? data : wire.Unreadable(call, 201);
    }

    private async Task<Outcome<List<T>>> AllAsync<T>(
        Func<string?, string> path, JsonTypeInfo<AsanaList<T>> type, CancellationToken cancellationToken)
    {
        var all = new List<T>();
        string? offset = null;
        do
        {
            if (!(await wire.GetAsync(path(offset), type, cancellationToken)).Succeeded(out var page, out var failure)) return failure;
            all.AddRange(page.Data ?? []);
            var next = page.NextPage?.Offset;
            offset = next == offset ? null : next; // A page that names itself as the next one would never end.
        }
        while (!string.IsNullOrEmpty(offset));
        return all;
    }
}
