using Microsoft.Extensions.Logging.Console;

namespace ClientFlow.Sync.Worker.Composition;

/// <summary>
/// The console's log: lines for people, or JSON with the scopes (workspace, tool, delivery, handoff) for machines, as .NET's own variable
/// <c>Logging__Console__FormatterName</c> says.
/// </summary>
public static class ConsoleLog
{
    private const string Variable = "Logging__Console__FormatterName";

    /// <summary>Makes sure that the format asked for is one that there is.</summary>
    /// <param name="read">Reads an environment variable.</param>
    /// <exception cref="FormatException">It is not; the message says what there is.</exception>
    public static void Check(Func<string, string?> read)
    {
        if (read(Variable) is { Length: > 0 } name && name is not (ConsoleFormatterNames.Simple or ConsoleFormatterNames.Json or ConsoleFormatterNames.Systemd))
            throw new FormatException($"{Variable}: `{name}` is no format of the console: write it as simple, json or systemd, or take the variable away");
    }

    internal static void AddConsoleLog(this ILoggingBuilder logging, IConfiguration configuration)
    {
        logging.ClearProviders().AddConsole();

        // The framework's slim builder has chosen the simple one already, over whatever the variable says.
        logging.Services.PostConfigure<ConsoleLoggerOptions>(console =>
            console.FormatterName = configuration["Logging:Console:FormatterName"] is { Length: > 0 } name ? name : ConsoleFormatterNames.Simple);
        logging.Services.Configure<SimpleConsoleFormatterOptions>(static console =>
            (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, "yyyy-MM-dd'T'HH:mm:ss'Z' "));
        logging.Services.Configure<JsonConsoleFormatterOptions>(static console =>
            (console.IncludeScopes, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
    }
}
