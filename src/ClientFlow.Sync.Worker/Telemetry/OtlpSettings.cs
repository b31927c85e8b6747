using System.Globalization;

namespace ClientFlow.Sync.Worker.Telemetry;

/// <summary>
/// Where traces, metrics and logs go, as the standard variables say (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and those beside it). The package reads them by itself and
/// falls silent at what it doesn't understand: here each mistake is told before anything runs.
/// </summary>
/// <param name="Traces">Traces are sent.</param>
/// <param name="Metrics">Metrics are sent.</param>
/// <param name="Logs">Logs are sent.</param>
/// <param name="MetricsEvery">The time between two exports of metrics.</param>
/// <param name="Service">The service's name, where <c>OTEL_SERVICE_NAME</c> doesn't give another.</param>
public sealed record OtlpSettings(bool Traces, bool Metrics, bool Logs, TimeSpan MetricsEvery, string Service = "clientflow")
{
    private const string Exporter = "OTEL_EXPORTER_OTLP";
    private const string Interval = "OTEL_METRIC_EXPORT_INTERVAL";

    private static readonly string[] Numbers =
    [
        Interval, "OTEL_METRIC_EXPORT_TIMEOUT", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        "OTEL_BLRP_SCHEDULE_DELAY", "OTEL_BLRP_EXPORT_TIMEOUT", "OTEL_BLRP_MAX_QUEUE_SIZE", "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
    ];

    /// <summary>Reads the variables.</summary>
    /// <param name="read">Reads one; null or empty: it is not set.</param>
    /// <returns>Null where nothing is to be sent.</returns>
    /// <exception cref="FormatException">One is set to what nobody understands; the message says what it takes, and holds no secret.</exception>
    public static OtlpSettings? Read(Func<string, string?> read)
    {
        if (string.Equals(Value("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)) return null;
        var settings = new OtlpSettings(IsSent("TRACES"), IsSent("METRICS"), IsSent("LOGS"), TimeSpan.FromMilliseconds(Number(Interval) ?? 60_000));
        if (!settings.Traces && !settings.Metrics && !settings.Logs) return null;
        foreach (var signal in (string[])["", "_TRACES", "_METRICS", "_LOGS"])
        {
            Check($"{Exporter}{signal}_PROTOCOL", static text => text is "grpc" or "http/protobuf", "a protocol that is spoken here", "grpc or http/protobuf");
            Check($"{Exporter}{signal}_HEADERS", static text => text.Split(',').All(IsHeader), "a list of headers", "name=value,name=value", secret: true);
            _ = Number($"{Exporter}{signal}_TIMEOUT");
        }

        foreach (var number in Numbers) _ = Number(number);
        return settings;

        string? Value(string name) => read(name) is { } text && text.Trim() is { Length: > 0 } set ? set : null;

        bool IsSent(string signal)
        {
            var general = IsEndpoint($"{Exporter}_ENDPOINT");
            var own = IsEndpoint($"{Exporter}_{signal}_ENDPOINT");
            Check($"OTEL_{signal}_EXPORTER", static text => text is "otlp" or "none", "an exporter that is here", "otlp or none");
            return (general || own) && Value($"OTEL_{signal}_EXPORTER") != "none";
        }

        bool IsEndpoint(string name)
        {
            Check(name, static text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0, "an address of a collector",
                "http://127.0.0.1:4317 (gRPC), or http://127.0.0.1:4318 with OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf");
            return Value(name) is not null;
        }

        int? Number(string name)
        {
            Check(name, static text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0, "a number", "a whole number above 0");
            return Value(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
        }

        void Check(string name, Func<string, bool> isGood, string kind, string form, bool secret = false)
        {
            if (Value(name) is not { } text || isGood(text)) return;
            throw new FormatException($"{name}: {(secret ? "its value" : $"`{Shown(text)}`")} is not {kind}: write it as {form}, or take the variable away");
        }
    }

    /// <summary>What is sent: <c>traces, metrics and logs</c>.</summary>
    public override string ToString() => string.Join(" and ", ((string?[])[Traces ? "traces" : null, Metrics ? "metrics" : null, Logs ? "logs" : null]).OfType<string>());

    private static bool IsHeader(string part) => part.IndexOf('=') is > 0 and var at && part[..at].Trim().All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    // An address may hold a password.
    private static string Shown(string text) => text.LastIndexOf('@') is >= 0 and var at ? $"…{text[at..]}" : text;
}
