using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>How values are shown to people: times in the business's zone, spans in words.</summary>
/// <param name="Zone">The business's zone.</param>
/// <param name="Now">The moment for which the page is made, UTC.</param>
public sealed partial record Show(TimeZoneInfo Zone, DateTimeOffset Now)
{
    private static readonly SearchValues<char> Spelled = SearchValues.Create("-.:/_`");

    /// <summary>The day that it is in the business's zone.</summary>
    public DateOnly Today => LocalTime.DayAt(Now, Zone);

    /// <summary>When this day began, UTC.</summary>
    public DateTimeOffset Midnight => LocalTime.InstantOf(Today, TimeOnly.MinValue, Zone);

    /// <summary>When this month began, UTC.</summary>
    public DateTimeOffset MonthBegan => LocalTime.InstantOf(new DateOnly(Today.Year, Today.Month, 1), TimeOnly.MinValue, Zone);

    /// <summary>The time of day where it was today, else the day and the time.</summary>
    public string At(DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, Zone);
        return local.ToString(LocalTime.DayAt(at, Zone) == Today ? "HH:mm:ss" : local.Year == Today.Year ? "d MMM HH:mm" : "d MMM yyyy", CultureInfo.InvariantCulture);
    }

    /// <summary>Day, time and offset in full.</summary>
    public string Full(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Zone).ToString("ddd d MMM yyyy, HH:mm:ss zzz", CultureInfo.InvariantCulture);

    /// <summary>Day, time and zone of what is still to come.</summary>
    public string Appointment(DateTimeOffset at) => $"{TimeZoneInfo.ConvertTime(at, Zone).ToString("ddd d MMM yyyy, HH:mm", CultureInfo.InvariantCulture)} ({Zone.Id})";

    /// <summary>A sentence in which moments stand as machines write them, with those in the business's zone.</summary>
    public string Local(string text) => Moments().Replace(text, m =>
        DateTimeOffset.TryParse(m.Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? TimeZoneInfo.ConvertTime(at, Zone).ToString("d MMM yyyy HH:mm", CultureInfo.InvariantCulture) : m.Value);

    /// <summary>A field's value: days and moments as people write them, everything else as it is.</summary>
    public string Value(FieldValue? value) => value switch
    {
        null => "—",
        FieldValue.Day day => day.Value.ToString("d MMM yyyy", CultureInfo.InvariantCulture),
        FieldValue.Moment moment => TimeZoneInfo.ConvertTime(moment.Value, Zone).ToString("d MMM yyyy HH:mm", CultureInfo.InvariantCulture),
        _ => value.Show(),
    };

    public static string Iso(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>How long ago, in one unit: <c>4 min ago</c>.</summary>
    public string Ago(DateTimeOffset at) => Now - at < TimeSpan.FromSeconds(5) ? "just now" : $"{Span(Now - at)} ago";

    /// <summary>A span in one unit: <c>4 min</c>.</summary>
    public static string Span(TimeSpan span) => span.Duration() switch
    {
        { TotalSeconds: < 5 } s => $"{s.TotalSeconds:0.0} s",
        { TotalSeconds: < 90 } s => $"{s.TotalSeconds:0} s",
        { TotalMinutes: < 90 } m => $"{m.TotalMinutes:0} min",
        { TotalHours: < 36 } h => $"{h.TotalHours:0} h",
        { TotalDays: < 60 } d => $"{d.TotalDays:0} days",
        var long_ => $"{long_.TotalDays / 30:0} months",
    };

    public static string Count(int number, string one, string many) => $"{number.ToString("N0", CultureInfo.InvariantCulture)} {(number == 1 ? one : many)}";

    /// <summary>A first letter in upper case, for what was written as part of a sentence.</summary>
    public static string Sentence(string text)
    {
        if (text.Length == 0 || !char.IsLower(text[0])) return text;

        // A rule, a fact or an address keeps its spelling.
        var first = text.AsSpan(0, text.IndexOf(' ') is var end and > 0 ? end : text.Length);
        return first.ContainsAny(Spelled) ? text : char.ToUpperInvariant(text[0]) + text[1..];
    }

    /// <summary>An address that may stand in a link, or null: a tool's answer must not put <c>javascript:</c> on our page.</summary>
    public static string? Web(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri.ToString() : null;

    /// <summary>A raw body without what nobody needs to see: values of fields that are named like secrets, and the names in e-mail addresses.</summary>
    public static string Redacted(string body) =>
        Emails().Replace(
            Fields().Replace(Secrets().Replace(body, static m => $"{m.Groups["key"].Value}\"***\""), static m => $"{m.Groups["key"].Value}***"),
            static m => $"{m.Groups["first"].Value}***@{m.Groups["host"].Value}");

    [GeneratedRegex("""(?<key>"[^"]*(?:secret|token|password|signature|authorization|api_?key|phone)[^"]*"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|[^\s,}\]]+)""", RegexOptions.IgnoreCase)]
    private static partial Regex Secrets();

    // The same in a body that is written as a form is.
    [GeneratedRegex("""(?<key>(?:^|&)(?:name|email|phone|[^=&]*(?:secret|token|password|signature|api_?key|email)[^=&]*)=)[^&]*""", RegexOptions.IgnoreCase)]
    private static partial Regex Fields();

    [GeneratedRegex(@"\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z\b")]
    private static partial Regex Moments();

    [GeneratedRegex(@"(?<first>[\p{L}\p{N}])[\p{L}\p{N}._%+-]*@(?<host>[\p{L}\p{N}.-]+)")]
    private static partial Regex Emails();
}
