using System.Buffers;
using System.IO.Pipelines;

namespace ClientFlow.Sync.Worker.Webhooks;

/// <summary>
/// Reads the bodies of deliveries. Until its signature is checked a body is anybody's: each has a deadline, and all that are under way share a budget of memory,
/// beyond which small ones alone are taken.
/// </summary>
public sealed class DeliveryBodies(TimeProvider clock)
{
    /// <summary>The longest body that is taken, in bytes.</summary>
    public const int Longest = 1024 * 1024;

    /// <summary>How long the whole of a body may take. The web server asks for a pace besides, which is one byte now and then.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>What each body may hold outside of the budget, in bytes: strangers who use that up keep no vendor out.</summary>
    public const int Small = 32 * 1024;

    /// <summary>What all others together may hold, in bytes.</summary>
    public const int Most = 16 * 1024 * 1024;

    private static readonly DeliveryBody TooLarge = new(null, new(StatusCodes.Status413PayloadTooLarge, "too-large", "its body is larger than 1 MiB"));
    private static readonly DeliveryBody TooSlow = new(null, new(StatusCodes.Status408RequestTimeout, "too-slow", "its body took longer than 10 s"));
    private static readonly DeliveryBody Crowded = new(null, new(StatusCodes.Status503ServiceUnavailable, "crowded", "too many large ones were under way"));
    private static readonly DeliveryBody BrokenOff = new(null, Malformed(StatusCodes.Status400BadRequest));

    private long held;

    /// <summary>Reads one.</summary>
    public async ValueTask<DeliveryBody> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > Longest) return TooLarge;
        try
        {
            // Most are there already. Then nothing is gathered, and nobody waits.
            if (!request.BodyReader.TryRead(out var all)) return await GatherAsync(request.BodyReader);
            var isWhole = all.IsCompleted && all.Buffer.Length <= Longest;
            var body = isWhole ? all.Buffer.ToArray() : null;
            request.BodyReader.AdvanceTo(isWhole ? all.Buffer.End : all.Buffer.Start);
            return isWhole ? new DeliveryBody(body, null) : await GatherAsync(request.BodyReader);
        }
        catch (BadHttpRequestException e)
        {
            return e.StatusCode == StatusCodes.Status413PayloadTooLarge ? TooLarge : new DeliveryBody(null, Malformed(e.StatusCode));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Whoever sent it is gone.
            return BrokenOff;
        }
    }

    private async ValueTask<DeliveryBody> GatherAsync(PipeReader reader)
    {
        using var deadline = new CancellationTokenSource(Deadline, clock);

        // The length is a stranger's claim: memory is taken as bytes arrive.
        using var parts = new MemoryStream();
        var mine = 0L;
        try
        {
            while (true)
            {
                var arrived = await reader.ReadAsync(deadline.Token);
                try
                {
                    var length = parts.Length + arrived.Buffer.Length;
                    if (length > Longest) return TooLarge;
                    if (length > parts.Capacity) parts.Capacity = (int)Math.Min(Longest, Math.Max(length, 2L * parts.Capacity));
                    foreach (var part in arrived.Buffer) parts.Write(part.Span);
                    if (arrived.IsCompleted) return new DeliveryBody(parts.ToArray(), null);
                }
                finally
                {
                    reader.AdvanceTo(arrived.Buffer.End);
                }

                var more = Math.Max(0, parts.Capacity - Small) - mine;
                mine += more;
                if (Interlocked.Add(ref held, more) > Most && more > 0) return Crowded;
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return TooSlow;
        }
        finally
        {
            Interlocked.Add(ref held, -mine);
        }
    }

    private static BodyRefusal Malformed(int status) => new(status, "malformed", "its request was broken, or broken off");
}

/// <summary>A body that was read, or why it was not.</summary>
public readonly record struct DeliveryBody(byte[]? Bytes, BodyRefusal? Refusal);

/// <summary>Why a body is refused.</summary>
/// <param name="Status">What is answered.</param>
/// <param name="Reason">The word that metrics count it by.</param>
/// <param name="Why">As it follows "because".</param>
public sealed record BodyRefusal(int Status, string Reason, string Why);
