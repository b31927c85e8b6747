using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Handoffs;

namespace ClientFlow.Sync.Engine.People;

/// <summary>Who decides.</summary>
/// <param name="Name">What the journal calls the person.</param>
public sealed record Person(string Name, Role Role)
{
    /// <summary>Whoever may run commands as the worker's own user.</summary>
    public static Person CommandLine { get; } = new("command line", Role.Owner);

    public override string ToString() => Name;
}

/// <summary>What each role may do. The pages ask it what to offer; every decision asks it again, about the handoff that it is really about.</summary>
public static class Powers
{
    private const string AtOnce = "only an owner decides about so many at once";

    /// <summary>Whether a role may see raw bodies and the mapping file, and carry the log away.</summary>
    public static bool SeesAll(Role role) => role == Role.Owner;

    /// <summary>Why a role may not pause and resume; null: it may.</summary>
    public static string? Settings(Role role) => role == Role.Owner ? null : "only an owner pauses and resumes rules and tools";

    /// <summary>Why a role may not have all asked for that is absent from a tool; null: it may. What follows from it may be much.</summary>
    public static string? Absences(Role role) => role == Role.Owner ? null : "only an owner has so many asked for";

    /// <summary>Why a role may not decide about so many at once; null: it may. A yes passes what a rule's limit would hold, so they are no more than that.</summary>
    public static string? Many(Role role, int count, int limit) => role == Role.Owner || count <= limit ? null : AtOnce;

    /// <summary>Why a role may not decide about all of a rule, whatever they are by then; null: it may.</summary>
    public static string? All(Role role, string verb) => role == Role.Owner || verb == "retry" ? null : AtOnce;

    /// <summary>Why a role may not decide this about a handoff; null: it may.</summary>
    /// <param name="verb">As <see cref="Decisions"/> has it. To retry decides nothing anew: what was approved stays so, and what wasn't is asked for.</param>
    /// <param name="rule">The handoff's rule; null where the file has it no longer, and nobody can say what it was for.</param>
    public static string? Refusal(Role role, string verb, Handoff handoff, HandoffRule? rule) => (role, verb, rule?.Create, handoff.Hold) switch
    {
        (Role.Owner, _, _, _) or (_, "retry", _, _) => null,
        (_, _, InvoiceBlueprint or null, _) => "only an owner decides about money",
        (_, _, _, Hold.Limit) => AtOnce,
        _ => null,
    };
}
