using ClientFlow.Sync.Engine;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>What every page stands in.</summary>
public sealed record Frame
{
    public required Workspace Workspace { get; init; }

    public required Show Show { get; init; }

    /// <summary>What a form sends along to prove that it is ours.</summary>
    public required string Token { get; init; }

    /// <summary>Path and query of this page, to come back to after a decision.</summary>
    public required string Here { get; init; }

    /// <summary>How many things need a person.</summary>
    public required int Needs { get; init; }

    /// <summary>Only the main part is asked for, to keep an open page fresh.</summary>
    public bool Fragment { get; init; }

    /// <summary>What came of the last decision; null when there was none.</summary>
    public Told? Told { get; init; }

    public string Business => Workspace.Config.Business.Name;

    /// <summary>A rule's name in the file, by its identity.</summary>
    public string RuleName(string identity) => Workspace.Config.Rules.FirstOrDefault(r => r.Identity == identity)?.Name ?? identity;
}

/// <summary>What came of a decision, for whoever took it.</summary>
public sealed record Told(bool Done, string Message);
