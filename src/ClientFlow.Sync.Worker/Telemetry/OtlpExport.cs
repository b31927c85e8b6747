using System.Runtime.CompilerServices;
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
internal sealed class OtlpExport(OtlpSettings settings, Gauges gauges, TimeProvider clock) : BackgroundService
{
    private const string Ours = "ClientFlow.Sync.*";
    private static readonly int Patience = (int)TimeSpan.FromSeconds(5).TotalMilliseconds;

    private TracerProvider? tracer;
    private MeterProvider? meter;

    /// <summary>Adds the export to a worker.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Add(WebApplicationBuilder builder, OtlpSettings settings)
    {
        builder.Services.AddHostedService(services => new OtlpExport(settings, services.GetRequiredService<Gauges>(), services.GetRequiredService<TimeProvider>()));
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
        if (settings.Traces) tracer = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(About(settings)).AddSource(Ours).AddOtlpExporter().Build();
        if (settings.Metrics)
        {
            meter = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(About(settings)).AddMeter(Ours, "System.Runtime")

                // When to export is decided below: what the store knows is read right before.
                .AddOtlpExporter(static (OtlpExporterOptions _, MetricReaderOptions reader) => reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = int.MaxValue)
                .Build();
        }

        return base.StartAsync(cancellationToken);
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
        base.Dispose();
    }

    // Whatever the variables say of the service comes last, and wins.
    private static ResourceBuilder About(OtlpSettings settings) => ResourceBuilder.CreateEmpty()
        .AddService(settings.Service, serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(3))
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();
}
