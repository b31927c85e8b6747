using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.People;
using ClientFlow.Sync.Worker.Access;

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

    /// <summary>Who looks at it.</summary>
    public required Visitor Visitor { get; init; }

    /// <summary>How many things need a person.</summary>
    public required int Needs { get; init; }

    /// <summary>The newest entry of the journal that this page knows of; zero where there is none.</summary>
    public required long Newest { get; init; }

    /// <summary>Only the main part is asked for, to keep an open page fresh.</summary>
    public bool Fragment { get; init; }

    /// <summary>What came of the last decision; null when there was none.</summary>
    public Told? Told { get; init; }

    public string Business => Workspace.Config.Business.Name;

    /// <summary>Why who looks at it may not decide this about a handoff; null: it may.</summary>
    public string? Refusal(string verb, Handoff handoff) => Powers.Refusal(Visitor.Person.Role, verb, handoff, Rule(handoff.Key.Rule));

    /// <summary>Why who looks at it may not have all asked for that is absent from a tool; null: it may.</summary>
    public string? AbsencesRefusal => Powers.Absences(Visitor.Person.Role);

    /// <summary>Why who looks at it may not pause and resume; null: it may.</summary>
    public string? SettingsRefusal => Powers.Settings(Visitor.Person.Role);

    /// <summary>Raw bodies, the mapping file and the log as a file are for who looks at it, too.</summary>
    public bool SeesAll => Powers.SeesAll(Visitor.Person.Role);

    /// <summary>A rule's name in the file, by its identity.</summary>
    public string RuleName(string identity) => Rule(identity)?.Name ?? identity;

    private HandoffRule? Rule(string identity) => Workspace.Config.Rules.FirstOrDefault(r => r.Identity == identity);
}

/// <summary>What came of a decision, for whoever took it.</summary>
public sealed record Told(bool Done, string Message);
