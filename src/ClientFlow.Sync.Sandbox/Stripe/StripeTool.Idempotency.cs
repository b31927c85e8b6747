using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;

namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>POST and DELETE: the Idempotency-Key decides whether a call is carried out, replayed or refused.</summary>
public sealed partial class StripeTool
{
    private readonly Dictionary<string, KeptResult> _kept = new(StringComparer.Ordinal);
    private readonly List<(string Path, bool AfterCommit)> _failures = [];
    private readonly List<(string Path, Task Release)> _holds = [];
    private int _held;

    /// <summary>Calls that <see cref="HoldNext"/> keeps in progress right now.</summary>
    public int HeldCalls => Volatile.Read(ref _held);

    /// <summary>The next POST to such a path fails inside Stripe with a 500, before or after its work was committed.</summary>
    public void FailNext(string pathContains, bool afterCommit = false)
    {
        lock (Lock)
            _failures.Add((pathContains, afterCommit));
    }

    /// <summary>The next POST to such a path stays in progress, its key taken, until <paramref name="release"/> completes.</summary>
    public void HoldNext(string pathContains, Task release)
    {
        lock (Lock)
            _holds.Add((pathContains, release));
    }

    private void Post(string pattern, Func<StripeCall, JsonObject> handle, params string[] expandable) =>
        RouteAsync("POST", pattern, [], async call =>
        {
            KeptResult? kept;
            Task? hold;
            StripeForm form;
            var key = call.Headers.TryGetValue("Idempotency-Key", out var header) ? header.ToString() : null;
            lock (Lock)
            {
                try
                {
                    form = FormOf(call);
                    kept = key is null ? null : KeptFor(key, call.Path, form);
                }
                catch (StripeException refusal)
                {
                    return Answer(call, refusal);
                }

                if (kept?.Answer is { } first)
                    return Replay(first, kept.RequestId);
                if (kept is null && key is not null)
                {
                    kept = new KeptResult(call.Path, form.Canonical(), RequestId(call), Clock.GetUtcNow());
                    _kept[key] = kept;
                }

                hold = TakeFirst(_holds, entry => call.Path.Contains(entry.Path, StringComparison.Ordinal)).Release;
            }

            if (hold is not null)
            {
                Interlocked.Increment(ref _held);
                await hold;
                Interlocked.Decrement(ref _held);
            }

            lock (Lock)
            {
                var (answer, keep) = Execute(call, new StripeCall(call, new StripeParameters(form), RequestId(call), key), handle, expandable);
                if (kept is not null && keep)
                    kept.Answer = answer;
                else if (kept is not null)
                    _kept.Remove(key!);
                return answer;
            }
        });

    private void Remove(string pattern, Func<StripeCall, JsonObject> handle) =>
        Route("DELETE", pattern, [], call =>
        {
            try
            {
                var parameters = new StripeParameters(FormOf(call));
                parameters.Allow([]);
                return ApiAnswer.Json(200, handle(new StripeCall(call, parameters, RequestId(call), null)));
            }
            catch (StripeException refusal)
            {
                return Answer(call, refusal);
            }
        });

    private static StripeForm FormOf(ApiCall call)
    {
        var type = call.Headers.ContentType.ToString();
        if (call.Body.Length > 0 && !type.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
            throw StripeException.Invalid("Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.");
        return StripeForm.Parse(call.Body);
    }

    private (ApiAnswer Answer, bool Keep) Execute(
        ApiCall call, StripeCall given, Func<StripeCall, JsonObject> handle, string[] expandable)
    {
        var failure = TakeFirst(_failures, entry => call.Path.Contains(entry.Path, StringComparison.Ordinal));
        try
        {
            if (failure is (not null, false))
                return (ServerError(call), Behaviour.StoresServerErrors);
            var result = handle(given);
            return failure.Path is not null
                ? (ServerError(call), Behaviour.StoresServerErrors)
                : (ApiAnswer.Json(200, Expanded(result, given.Parameters, expandable)), true);
        }
        catch (StripeException refusal)
        {
            return (Answer(call, refusal), !refusal.BeforeExecution || Behaviour.StoresValidationFailures);
        }
    }

    private ApiAnswer ServerError(ApiCall call) => Answer(call, new StripeException(
        500, "api_error", null, "Sorry! There was an error while talking to Stripe. We were notified and are looking into it."));

    private KeptResult? KeptFor(string key, string path, StripeForm form)
    {
        if (key.Length > 255)
            throw StripeException.Invalid("The Idempotency-Key header may have at most 255 characters.");
        var oldest = Clock.GetUtcNow() - Behaviour.KeysLive;
        foreach (var stale in _kept.Where(pair => pair.Value.Answer is not null && pair.Value.At <= oldest).Select(pair => pair.Key).ToList())
            _kept.Remove(stale);

        if (!_kept.TryGetValue(key, out var kept))
            return null;
        if (kept.Path != path)
        {
            throw new StripeException(400, "idempotency_error", null,
                $"Keys for idempotent requests can only be used for the same endpoint they were first used for ('{path}' vs '{kept.Path}'). Try using a key other than '{key}' if you meant to execute a different request.");
        }

        if (kept.Parameters != form.Canonical())
        {
            throw new StripeException(400, "idempotency_error", null,
                $"Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{key}' if you meant to execute a different request.");
        }

        if (kept.Answer is null)
        {
            throw new StripeException(409, "idempotency_error", "idempotency_key_in_use",
                $"There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): {key}. Please try again later.");
        }

        return kept;
    }

    private ApiAnswer Replay(ApiAnswer first, string originalRequest)
    {
        var answer = new ApiAnswer(first.Status, first.Body, first.ContentType).With("Original-Request", originalRequest);
        return Behaviour.SendsReplayedHeader ? answer.With("Idempotent-Replayed", "true") : answer;
    }

    private static T? TakeFirst<T>(List<T> list, Predicate<T> matches)
    {
        var at = list.FindIndex(matches);
        if (at < 0)
            return default;
        var taken = list[at];
        list.RemoveAt(at);
        return taken;
    }

    private sealed class KeptResult(string path, string parameters, string requestId, DateTimeOffset at)
    {
        public string Path => path;

        public string Parameters => parameters;

        public string RequestId => requestId;

        public DateTimeOffset At => at;

        /// <summary>Null while the first call is still going on.</summary>
        public ApiAnswer? Answer { get; set; }
    }
}
