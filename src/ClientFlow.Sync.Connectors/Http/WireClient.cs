using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ClientFlow.Sync.Core.Connectors;
using Polly.Timeout;

namespace ClientFlow.Sync.Connectors.Http;

/// <summary>Sends calls to one tool and turns whatever comes of them into values: no exception but cancellation leaves here.</summary>
/// <param name="tool">The tool's name in the YAML file.</param>
public sealed class WireClient(HttpClient http, TimeProvider clock, string tool, WireVendor vendor)
{
    private const long MaxAnswer = 32 * 1024 * 1024;

    private readonly WireSentences say = new(tool, vendor);

    /// <summary>What stands in the Authorization header; asked before each call, so that it may fetch or renew a token.</summary>
    public Func<CancellationToken, ValueTask<Outcome<AuthenticationHeaderValue?>>> Authorize { get; init; } =
        static _ => ValueTask.FromResult<Outcome<AuthenticationHeaderValue?>>((AuthenticationHeaderValue?)null);

    /// <summary>Texts that are blotted out of every message, whoever wrote it.</summary>
    public IReadOnlyList<Secret> Secrets
    {
        get => say.Secrets;
        init => say.Secrets = value;
    }

    /// <summary>An authorisation that never changes.</summary>
    public static Func<CancellationToken, ValueTask<Outcome<AuthenticationHeaderValue?>>> Bearer(Secret token)
    {
        // A secret that was read from a file ends with the file's last newline; one with an odd character can't be in a header at all.
        var text = token.Reveal().Trim();
        Outcome<AuthenticationHeaderValue?> header = text.Length > 0 && text.All(static character => character is > ' ' and <= '~')
            ? new AuthenticationHeaderValue("Bearer", text)
            : new Failure(FailureKind.Unauthorized, "The token in the tool's section is empty, or holds characters that no token has: copy it anew.");
        return _ => ValueTask.FromResult(header);
    }

    /// <summary>Sends a call and reads its answer as JSON.</summary>
    public async Task<Outcome<T>> SendAsync<T>(WireCall call, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class =>
        (await SendAsync(call, cancellationToken)).Succeeded(out var reply, out var failure) ? Parse(call, reply, type) : failure;

    /// <summary>Reads.</summary>
    public Task<Outcome<T>> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class => SendAsync(WireCall.Get(path), type, cancellationToken);

    /// <summary>Sends a call; any 2xx is a success.</summary>
    public async Task<Outcome<WireReply>> SendAsync(WireCall call, CancellationToken cancellationToken)
    {
        if (!(await Authorize(cancellationToken)).Succeeded(out var authorization, out var refused)) return refused;
        using var request = call.ToRequest(vendor);
        request.Headers.Authorization = authorization;
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            await response.Content.LoadIntoBufferAsync(MaxAnswer, cancellationToken);
            ReadOnlyMemory<byte> body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return response.IsSuccessStatusCode
                ? new WireReply((int)response.StatusCode, body, HeadersOf(response))
                : Refusal(call, response, body);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (QuotaSpentException spent)
        {
            return new Failure(FailureKind.RateLimited, say.Spent(spent.RetryAt)) { Reason = Failure.OwnBudget, RetryAt = spent.RetryAt, OneCall = true };
        }
        catch (Exception trouble) when (trouble is HttpRequestException or TimeoutRejectedException or OperationCanceledException or IOException)
        {
            return Broken(call, trouble);
        }
    }

    /// <summary>Reads an answer's body. A write's answer that can't be read leaves the write in doubt.</summary>
    public Outcome<T> Parse<T>(WireCall call, WireReply reply, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            if (JsonSerializer.Deserialize(reply.Body.Span, type) is { } value) return value;
        }
        catch (JsonException)
        {
            // Said below: the parser's own words may quote the body.
        }

        return Unreadable(call, reply.Status);
    }

    /// <summary>The failure of an answer that lacks what it must have, for connectors that look further than JSON.</summary>
    public Failure Unreadable(WireCall call, int status) => call.Write
        ? new Failure(FailureKind.Uncertain, say.UnreadableWrite()) { Status = status }
        : new Failure(FailureKind.Malformed, say.UnreadableRead()) { Status = status };

    private Failure Refusal(WireCall call, HttpResponseMessage response, ReadOnlyMemory<byte> body)
    {
        var status = (int)response.StatusCode;
        var refusal = new WireRefusal(status, call.Write, vendor.Words(body), body) { Headers = HeadersOf(response) };
        var kind = vendor.Classify(refusal) ?? Sort(refusal);
        var passing = kind is FailureKind.RateLimited or FailureKind.Unavailable;
        var oneCall = passing && vendor.OneCall(refusal);
        var retryAt = passing ? clock.GetUtcNow() + vendor.WaitAfter(response, refusal, clock.GetUtcNow()) : null;
        return new Failure(kind, say.Refused(kind, refusal, oneCall)) { Status = status, Reason = refusal.Words.Reason, RetryAt = retryAt, OneCall = oneCall };
    }

    private static FailureKind Sort(WireRefusal refusal) => refusal.Status switch
    {
        429 => FailureKind.RateLimited,
        401 => FailureKind.Unauthorized,
        404 or 410 => FailureKind.Missing,
        408 or 424 or >= 500 => refusal.Write ? FailureKind.Uncertain : FailureKind.Unavailable,
        _ => FailureKind.Rejected,
    };

    private Failure Broken(WireCall call, Exception trouble)
    {
        if (trouble is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded })
            return call.Write ? new Failure(FailureKind.Uncertain, say.UnreadableWrite()) : new Failure(FailureKind.Malformed, say.TooLarge());
        if (NeverSent(trouble)) return new Failure(FailureKind.Unavailable, say.Unreachable(http.BaseAddress, trouble));
        var timedOut = trouble is TimeoutRejectedException or OperationCanceledException;
        return call.Write
            ? new Failure(FailureKind.Uncertain, say.CutWrite(timedOut))
            : new Failure(FailureKind.Unavailable, say.CutRead(timedOut));
    }

    private static bool NeverSent(Exception trouble) => trouble is HttpRequestException failed &&
        (failed.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
        || failed.InnerException is SocketException
        {
            SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound or SocketError.HostUnreachable
                or SocketError.NetworkUnreachable or SocketError.TryAgain,
        });

    private static Dictionary<string, string> HeadersOf(HttpResponseMessage response) =>
        response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase);
}
