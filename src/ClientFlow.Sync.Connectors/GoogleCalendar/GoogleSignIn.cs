using System.Net;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Flows;
using Google.Apis.Auth.OAuth2.Responses;
using Google.Apis.Http;
using Google.Apis.Util;

namespace ClientFlow.Sync.Connectors.GoogleCalendar;

/// <summary>Keeps an access token. Google's own library signs in, over our client; what goes wrong comes back as a value.</summary>
internal sealed class GoogleSignIn
{
    /// <summary>The least that reading and writing events needs.</summary>
    public const string Scope = "https://www.googleapis.com/auth/calendar.events";

    private const string DefaultTokenUri = "https://oauth2.googleapis.com/token";

    private readonly string tool;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private readonly Func<CancellationToken, Task<string>> current;
    private readonly Func<CancellationToken, Task<bool>> renew;
    private Task<Outcome<string>>? renewal;

    public GoogleSignIn(ToolContext context, GoogleCalendarSettings settings)
    {
        (tool, clock) = (context.Tool, context.Clock);
        var (file, time, http) = (settings.Credentials, new Clock(context.Clock), new OurHttp(context.Http, context.Clock));
        var tokenUri = settings.TokenUri?.ToString() ?? file.TokenUri ?? DefaultTokenUri;
        if (file.IsServiceAccount)
        {
            var credential = new ServiceAccountCredential(new ServiceAccountCredential.Initializer(file.ClientEmail, tokenUri)
            {
                Clock = time,
                DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
                HttpClientFactory = http,
                KeyId = file.PrivateKeyId,
                Scopes = [Scope],
                User = settings.Subject,
            }.FromPrivateKey(file.PrivateKey!.Reveal()));
            (current, renew) = (cancel => credential.GetAccessTokenForRequestAsync(null, cancel), credential.RequestAccessTokenAsync);
        }
        else
        {
            var flow = new AuthorizationCodeFlow(new AuthorizationCodeFlow.Initializer(GoogleAuthConsts.OidcAuthorizationUrl, tokenUri)
            {
                Clock = time,
                ClientSecrets = new ClientSecrets { ClientId = file.ClientId, ClientSecret = file.ClientSecret!.Reveal() },
                DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
                HttpClientFactory = http,
            });
            var credential = new UserCredential(flow, "clientflow", new TokenResponse { RefreshToken = file.RefreshToken!.Reveal() });
            (current, renew) = (cancel => credential.GetAccessTokenForRequestAsync(null, cancel), credential.RefreshTokenAsync);
        }
    }

    /// <summary>An access token, from memory while it lasts.</summary>
    public Task<Outcome<string>> TokenAsync(CancellationToken cancellationToken) => GuardAsync(current, cancellationToken);

    /// <summary>A new access token in place of one that was refused. Calls that were refused together renew it once.</summary>
    public Task<Outcome<string>> RenewAsync(string refused, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            // One caller that gives up must not take the renewal from the others; the floor's time limit ends it.
            if (renewal is null or { IsCompleted: true }) renewal = RenewAsync(refused);
            return renewal.WaitAsync(cancellationToken);
        }
    }

    private async Task<Outcome<string>> RenewAsync(string refused)
    {
        var held = await TokenAsync(CancellationToken.None);
        return held.Failure is not null || held.Value != refused
            ? held
            : await GuardAsync(async cancel => await renew(cancel) ? await current(cancel) : refused, CancellationToken.None);
    }

    // A refused credential holds the lane until a person acts; trouble on the way to Google passes. They must never be mixed
    // up, so only Google's own words for a refusal count as one: not a status, which any proxy can send.
    private async Task<Outcome<string>> GuardAsync(Func<CancellationToken, Task<string>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask(cancellationToken) is { Length: > 0 } token ? token : Unavailable("it gave no token");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception trouble)
        {
            for (var cause = trouble; cause is not null; cause = cause.InnerException)
            {
                if (cause is NotNow later) return Later(later);
                if (cause is QuotaSpentException spent)
                    return new Failure(FailureKind.RateLimited, $"Google Calendar ({tool}) is not called for now: its quota is used up.") { Reason = Failure.OwnBudget, RetryAt = spent.RetryAt, OneCall = true };
                if (cause is TokenResponseException answered) return Refusal(answered);
            }

            return Unavailable(trouble is HttpRequestException ? "the connection failed" : "it did not answer as it should");
        }
    }

    private Failure Later(NotNow answer) => (answer.StatusCode is HttpStatusCode.TooManyRequests
        ? new Failure(FailureKind.RateLimited, $"Google Calendar ({tool}) asks us to slow down at its sign-in. The call is made again later.")
        : Unavailable($"it answered HTTP {(int?)answer.StatusCode}")) with
    {
        RetryAt = clock.GetUtcNow() + answer.Wait,
        Status = (int?)answer.StatusCode,
    };

    private Failure Refusal(TokenResponseException answer) => (answer.Error?.Error, answer.StatusCode) switch
    {
        ("invalid_grant" or "invalid_client" or "unauthorized_client" or "access_denied" or "invalid_scope" or "deleted_client" or "disabled_client"
            or "org_internal" or "admin_policy_enforced" or "account_not_found" or "invalid_rapt", _) =>
            new Failure(FailureKind.Unauthorized, Say(answer.Error.Error)) { Reason = answer.Error.Error },
        _ => Unavailable($"it answered HTTP {(int?)answer.StatusCode ?? 0}"),
    };

    private string Say(string error) => $"Google Calendar ({tool}) refuses the credential ({error}). " + error switch
    {
        "unauthorized_client" => $"Let the domain's administrator allow the service account the scope {Scope}, or remove `subject`.",
        "invalid_grant" => $"Its grant was withdrawn or has expired, or this machine's clock ({clock.GetUtcNow():yyyy-MM-dd HH:mm} UTC) is wrong: " +
            "sign in again and replace the file that `credentials` names.",
        _ => "Replace the file that `credentials` names.",
    } + " The work waits until then.";

    private Failure Unavailable(string why) =>
        new(FailureKind.Unavailable, $"Google Calendar ({tool}) can't be signed in to: {why}. The credential may well be good; the call is made again later.");

    private sealed class Clock(TimeProvider time) : IClock
    {
        [Obsolete("As in the interface")]
        public DateTime Now => time.GetLocalNow().DateTime;

        public DateTime UtcNow => time.GetUtcNow().UtcDateTime;
    }

    // The library makes a client of its own; underneath, each request goes out through the tool's client and its floor.
    private sealed class OurHttp(HttpClient client, TimeProvider clock) : HttpClientFactory
    {
        protected override HttpMessageHandler CreateHandler(CreateHttpClientArgs args) => new Through(client, clock);
    }

    // Sign-in is out of order or too busy: nothing in such an answer says anything about the credential.
    private sealed class NotNow(HttpStatusCode status, TimeSpan? wait) : HttpRequestException("not now", null, status)
    {
        public TimeSpan? Wait => wait;
    }

    private sealed class Through(HttpClient client, TimeProvider clock) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // A message can be sent by one client only.
            using var copy = new HttpRequestMessage(request.Method, request.RequestUri);
            if (request.Content is { } content)
            {
                copy.Content = new ByteArrayContent(await content.ReadAsByteArrayAsync(cancellationToken));
                copy.Content.Headers.ContentType = content.Headers.ContentType;
            }

            // Asking for a token changes nothing: the floor may ask again.
            WireOptions.Mark(copy, GoogleCalendarVendor.Vendor, read: true);
            var response = await client.SendAsync(copy, HttpCompletionOption.ResponseContentRead, cancellationToken);
            if ((int)response.StatusCode is not (429 or >= 500)) return response;
            using (response) throw new NotNow(response.StatusCode, RetryAfter.InSeconds(response, clock.GetUtcNow()));
        }
    }
}
