using System.Collections.Concurrent;
using System.Text;

namespace ClientFlow.Sync.Testing.Specs;

/// <summary>
/// Collects the exchanges with one vendor, from a handler or from a simulated tool's request log, and holds them against its API
/// description when asked. Recording needs no description, so a test runs in full and skips only at the question.
/// </summary>
/// <param name="vendor">Names the description, as in <see cref="ApiSpec.Load"/>.</param>
/// <param name="basePath">What the simulated tool puts in front of the vendor's paths, such as `/stripe`; cut off before the check.</param>
public sealed class SpecRecorder(string vendor, string basePath = "")
{
    private readonly ConcurrentQueue<Exchange> _exchanges = new();

    /// <summary>How to judge undocumented fields in answers.</summary>
    public ExtraFields Extras { get; init; } = ExtraFields.RefusedWhereClosed;

    /// <summary>Paths that no description covers, such as a token endpoint on another host: seen, never judged.</summary>
    public Func<string, bool> Ignoring { get; init; } = _ => false;

    /// <summary>How many exchanges were recorded and are to be judged.</summary>
    public int Count => _exchanges.Count;

    /// <summary>Remembers a request and, where it is known, its answer (<paramref name="status"/> null: none came).</summary>
    public void Record(
        string method, string path, string query, string? contentType, ReadOnlyMemory<byte> body,
        int? status = null, ReadOnlyMemory<byte> answer = default)
    {
        var stripped = path.StartsWith(basePath, StringComparison.Ordinal) ? path[basePath.Length..] : path;
        if (!Ignoring(stripped))
            _exchanges.Enqueue(new Exchange(method, stripped, query, contentType, body, status, answer));
    }

    /// <summary>Every violation so far, one line each. Skips the running test where the descriptions are missing.</summary>
    public IReadOnlyList<string> Violations()
    {
        var spec = ApiSpec.Load(vendor);
        return [.. _exchanges.SelectMany(exchange => Judge(spec, exchange))];
    }

    /// <summary>Fails with all violations listed, and also when nothing was recorded: then nothing was proven.</summary>
    public void ShouldHaveNoViolations()
    {
        var violations = Violations();
        if (Count == 0)
            throw new ShouldAssertException($"no request to {vendor} was recorded, so none was checked");
        if (violations.Count == 0)
            return;

        var report = new StringBuilder($"{Count} exchanges with {vendor} should follow its description, {violations.Count} places do not:");
        foreach (var violation in violations)
            report.Append("\n  ").Append(violation);
        throw new ShouldAssertException(report.ToString());
    }

    private IEnumerable<string> Judge(ApiSpec spec, Exchange exchange)
    {
        var found = spec.CheckRequest(exchange.Method, exchange.Path, exchange.Query, exchange.ContentType, exchange.Body);
        if (exchange.Status is { } status && !found.Any(violation => violation.Where is "path" or "method"))
            found = [.. found, .. Under(status, spec.CheckResponse(exchange.Method, exchange.Path, status, exchange.Answer, Extras))];
        return found.Select(violation => $"{exchange.Method} {exchange.Path} {violation}");
    }

    private static IEnumerable<SpecViolation> Under(int status, IEnumerable<SpecViolation> violations) =>
        violations.Select(violation => violation with { Where = $"[{status}] {violation.Where}" });

    private sealed record Exchange(
        string Method, string Path, string Query, string? ContentType, ReadOnlyMemory<byte> Body, int? Status, ReadOnlyMemory<byte> Answer);
}
