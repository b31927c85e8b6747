using Microsoft.Extensions.Logging;

namespace ClientFlow.Sync.Engine;

/// <summary>What the engine tells its operator. Names and ids are an interface: alerts hang on them.</summary>
internal static partial class EngineLog
{
    private static readonly Func<ILogger, string, IDisposable?> Workspace = LoggerMessage.DefineScope<string>("workspace {Workspace}");
    private static readonly Func<ILogger, string, IDisposable?> Tool = LoggerMessage.DefineScope<string>("tool {Tool}");
    private static readonly Func<ILogger, string, IDisposable?> Delivery = LoggerMessage.DefineScope<string>("delivery {Delivery}");
    private static readonly Func<ILogger, string, IDisposable?> Handoff = LoggerMessage.DefineScope<string>("handoff {Handoff}");

    /// <summary>What is logged from here on concerns one workspace.</summary>
    public static IDisposable? InWorkspace(ILogger logger, string workspace) => Workspace(logger, workspace);

    /// <summary>What is logged from here on concerns one tool.</summary>
    public static IDisposable? OfTool(ILogger logger, string tool) => Tool(logger, tool);

    /// <summary>What is logged from here on concerns one delivery, or those that are read together.</summary>
    public static IDisposable? OfDelivery(ILogger logger, string delivery) => Delivery(logger, delivery);

    /// <summary>What is logged from here on concerns one handoff.</summary>
    public static IDisposable? OfHandoff(ILogger logger, string handoff) => Handoff(logger, handoff);

    [LoggerMessage(1000, LogLevel.Debug, "a delivery to {Tool} is stored", EventName = "inbox.delivery.accepted")]
    public static partial void DeliveryAccepted(ILogger logger, string tool);

    [LoggerMessage(1001, LogLevel.Debug, "{Count} deliveries to {Tool} are read", EventName = "inbox.delivery.read")]
    public static partial void DeliveriesRead(ILogger logger, string tool, int count);

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

    [LoggerMessage(1106, LogLevel.Error, "the {Loop} loop {Trouble}", EventName = "engine.loop.stalled")]
    public static partial void LoopStalled(ILogger logger, string loop, string trouble);

    [LoggerMessage(1107, LogLevel.Information, "the {Loop} loop goes on again", EventName = "engine.loop.resumed")]
    public static partial void LoopResumed(ILogger logger, string loop);

    [LoggerMessage(1108, LogLevel.Debug, "{Tool} was sent {Action}: {Outcome} after {Milliseconds} ms", EventName = "dispatch.attempt.ended")]
    public static partial void AttemptEnded(ILogger logger, string tool, string action, string outcome, double milliseconds);

    [LoggerMessage(1109, LogLevel.Error, "looking after the loops met a bug, and goes on", EventName = "engine.watch.tripped")]
    public static partial void WatchTripped(ILogger logger, Exception exception);
}
