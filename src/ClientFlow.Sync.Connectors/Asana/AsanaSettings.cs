using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>An Asana tool's own keys in the mapping file.</summary>
/// <param name="Token">A personal access token, or that of a service account.</param>
/// <param name="Workspace">The workspace's gid.</param>
/// <param name="Team">The team that gets new projects; organisations need one.</param>
public sealed record AsanaSettings(Secret Token, string Workspace, string? Team)
{
    public static AsanaSettings? Bind(SectionReader section)
    {
        var token = section.RequiredSecret("token");
        var workspace = section.RequiredText("workspace");
        var team = section.OptionalText("team");
        return token is null || workspace is null ? null : new AsanaSettings(token, workspace, team);
    }
}
