using Microsoft.Extensions.Logging;

namespace ClientFlow.Sync.Engine;

/// <summary>What the engine tells its operator. Names and ids are an interface: alerts hang on them.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(1100, LogLevel.Error, "the {Loop} loop stopped and starts again in {Seconds} s", EventName = "engine.loop.failed")]
    public static partial void LoopFailed(ILogger logger, Exception exception, string loop, double seconds);

    [LoggerMessage(1101, LogLevel.Information, "{Tool} is {Connector} account {Account}", EventName = "engine.tool.identified")]
    public static partial void ToolIdentified(ILogger logger, string tool, string connector, string account);

    [LoggerMessage(1102, LogLevel.Warning, "{Tool} is not reachable yet: {Reason}", EventName = "engine.tool.waited")]
    public static partial void ToolWaited(ILogger logger, string tool, string? reason);

    [LoggerMessage(1103, LogLevel.Information, "every rule of the file ({Rules}) is armed", EventName = "engine.rules.armed")]
    public static partial void RulesArmed(ILogger logger, int rules);

    [LoggerMessage(1104, LogLevel.Error, "{Action} of handoff {Handoff} to {Tool} met a bug and is tried again later", EventName = "engine.action.tripped")]
    public static partial void ActionTripped(ILogger logger, Exception exception, string tool, string action, string handoff);

    [LoggerMessage(1105, LogLevel.Error, "nothing can be saved: {Reason}", EventName = "engine.store.failed")]
    public static partial void StoreFailed(ILogger logger, string reason);
}
