using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.Health;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>How a tool fares, in words.</summary>
public static class ToolWords
{
    public static string Of(Tool tool) => (tool.Health.State.Condition switch
    {
        Condition.Unknown => "not reached yet",
        Condition.Healthy => "healthy",
        Condition.BackingOff => "tried again by itself",
        Condition.Held => "held until it is reconnected",
    }) + (tool.Config.ReadOnly ? " · read-only" : "");

    /// <summary>In one word, for machines.</summary>
    public static string Word(Condition condition) => condition switch
    {
        Condition.Unknown => "unknown",
        Condition.Healthy => "healthy",
        Condition.BackingOff => "backing-off",
        Condition.Held => "held",
    };

    public static string Mood(Condition condition) => condition switch
    {
        Condition.Unknown => "busy",
        Condition.Healthy => "good",
        Condition.BackingOff => "busy",
        Condition.Held => "bad",
    };
}
