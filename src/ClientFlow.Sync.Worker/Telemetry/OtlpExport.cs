using System.Diagnostics.Tracing;
using System.Runtime.CompilerServices;
using ClientFlow.Sync.Worker.Composition;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ClientFlow.Sync.Worker.Telemetry;

/// <summary>
/// Sends traces, metrics and logs to a collector. Nothing in this file runs, and none of its assemblies is loaded, unless a collector is named. One that can't be reached
/// costs a bounded queue in memory and nothing else.
/// </summary>
internal sealed class OtlpExport(OtlpSettings settings, Gauges gauges, TimeProvider clock, ILogger<OtlpExport> logger) : BackgroundService
{
    private const string Ours = "ClientFlow.Sync.*";
    private static readonly int Patience = (int)TimeSpan.FromSeconds(5).TotalMilliseconds;

    private Complaints? complaints;
    private TracerProvider? tracer;
    private MeterProvider? meter;

    /// <summary>Adds the export to a worker.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Add(WebApplicationBuilder builder, OtlpSettings settings)
    {
        builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<OtlpExport>(services, settings));
        if (!settings.Logs) return;
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.SetResourceBuilder(About(settings));
            logs.IncludeScopes = true;
            logs.IncludeFormattedMessage = true;
            logs.AddOtlpExporter();
        });
    }

    // Before anything else starts: the first spans count, too.
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            Build();
        }
        catch (Exception trouble)
        {
            throw Unusable(trouble);
        }

        complaints = new Complaints(logger, clock);
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Something in the variables that only shows when they are used: a certificate that isn't there.</summary>
    public static FormatException Unusable(Exception trouble) =>
        new($"the OTEL_EXPORTER_OTLP_… variables can't be used: {trouble.Message.TrimEnd('.')}. Mend them, or take them away", trouble);

    private void Build()
    {
        if (settings.Traces) tracer = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(About(settings)).AddSource(Ours).AddOtlpExporter().Build();
        if (settings.Metrics)
        {
            meter = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(About(settings)).AddMeter(Ours, "System.Runtime")

                // When to export is decided below: what the store knows is read right before.
                .AddOtlpExporter(static (OtlpExporterOptions _, MetricReaderOptions reader) => reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = int.MaxValue)
                .Build();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (meter is null) return;
        using var timer = new PeriodicTimer(settings.MetricsEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await gauges.RefreshAsync(stoppingToken);
            await Task.Run(() => meter.ForceFlush(Patience), stoppingToken);
        }
    }

    public override void Dispose()
    {
        // Each sends what it still has, and waits for a few seconds at most; all at the same time, so that a collector that is gone holds up no stop.
        Parallel.Invoke(() => tracer?.Dispose(), () => meter?.Dispose());
        complaints?.Dispose();
        base.Dispose();
    }

    // Whatever the variables say of the service comes last, and wins.
    private static ResourceBuilder About(OtlpSettings settings) => ResourceBuilder.CreateEmpty()
        .AddService(settings.Service, serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(3))
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();

    // The package tells of its failures by events that nobody sees. Its words may hold what the variables hold: they are left out.
    private sealed class Complaints(ILogger logger, TimeProvider clock) : EventListener
    {
        private static readonly TimeSpan Seldom = TimeSpan.FromHours(1);
        private readonly Lock one = new();
        private DateTimeOffset? told;

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "OpenTelemetry-Exporter-OpenTelemetryProtocol") EnableEvents(eventSource, EventLevel.Error);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            lock (one)
            {
                if (clock.GetUtcNow() - told < Seldom) return;
                told = clock.GetUtcNow();
            }

            WorkerLog.TelemetryFailed(logger);
        }
    }
}
