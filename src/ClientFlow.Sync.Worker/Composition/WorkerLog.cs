namespace ClientFlow.Sync.Worker.Composition;

/// <summary>What the program tells its operator. Names and ids are an interface: alerts hang on them.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(4000, LogLevel.Information, "clientflow runs for {Business} at {Urls}, data in {Data}", EventName = "worker.host.started")]
    public static partial void Started(ILogger logger, string business, string urls, string data);

    [LoggerMessage(4001, LogLevel.Information, "{Notice}", EventName = "worker.doors.told")]
    public static partial void DoorsTold(ILogger logger, string notice);

    [LoggerMessage(4002, LogLevel.Information, "{Signals} are sent to the collector that the OTEL variables name", EventName = "worker.telemetry.started")]
    public static partial void TelemetryStarted(ILogger logger, string signals);

    [LoggerMessage(4003, LogLevel.Warning, "{Variable} is set: {Effect}", EventName = "worker.debug.armed")]
    public static partial void DebugArmed(ILogger logger, string variable, string effect);

    [LoggerMessage(4005, LogLevel.Warning, "the collector that the OTEL variables name can't be reached, or refuses what it is sent: look at its address, its protocol and its own log. The worker goes on without it",
        EventName = "worker.telemetry.failed")]
    public static partial void TelemetryFailed(ILogger logger);

    [LoggerMessage(4006, LogLevel.Error, "{Trouble}", EventName = "worker.disk.filled")]
    public static partial void DiskFilled(ILogger logger, string trouble);

    [LoggerMessage(4007, LogLevel.Information, "{News}", EventName = "worker.disk.freed")]
    public static partial void DiskFreed(ILogger logger, string news);

    [LoggerMessage(4004, LogLevel.Error, "what the store knows could not be measured", EventName = "worker.gauges.tripped")]
    public static partial void GaugesTripped(ILogger logger, Exception exception);
}
