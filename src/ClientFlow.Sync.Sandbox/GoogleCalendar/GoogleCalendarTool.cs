using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Http;
using ClientFlow.Sync.Sandbox.Pages;
using ClientFlow.Sync.Sandbox.World;
using Microsoft.Extensions.Primitives;

namespace ClientFlow.Sync.Sandbox.GoogleCalendar;

/// <summary>The simulated Google Calendar: tokens, calendars, events with sync tokens, and push channels.</summary>
public sealed partial class GoogleCalendarTool : SimulatedTool
{
    /// <summary>The owner's address, whose calendar is `primary`.</summary>
    public const string Owner = "owner@northwind.example";

    /// <summary>A calendar that can be read and not written; `#` and `@` must be escaped in a path.</summary>
    public const string Holidays = "en.uk#holiday@group.v.calendar.google.com";

    public const string ClientId = "sandbox.apps.googleusercontent.com";

    public const string ClientSecret = "google-sandbox-secret";

    public const string RefreshToken = "1//sandbox-refresh-token";

    private const string TokenPath = "/token";
    private const int CallsPerMinute = 600;

    /// <summary>What every method takes beside its own parameters. `fields` is Google's too, and not simulated.</summary>
    private static readonly string[] _common = ["alt", "key", "oauth_token", "prettyPrint", "quotaUser", "userIp"];

    private readonly List<VisibleCalendar> _calendars = [];
    private readonly GoogleAccounts _accounts;
    private readonly RateWindow _calls;
    private long _made;

    public GoogleCalendarTool(SandboxOptions options)
        : base("google", options)
    {
        _accounts = new GoogleAccounts(options.Clock, options.GoogleCalendar);
        _calls = new RateWindow(options.Clock, TimeSpan.FromMinutes(1));
        _calendars.Add(new VisibleCalendar { Id = Owner, Summary = Owner, TimeZone = "Europe/London", AccessRole = "owner", Primary = true });
        _calendars.Add(new VisibleCalendar { Id = Holidays, Summary = "Holidays in United Kingdom", TimeZone = "Europe/London", AccessRole = "reader" });
    }

    public GoogleCalendarBehaviour Behaviour => Options.GoogleCalendar;

    public override object Switches => Behaviour;

    /// <summary>Where access tokens come from; the `token_uri` of the credentials.</summary>
    public string TokenUrl => RootUrl + TokenPath;

    public IReadOnlyList<VisibleCalendar> Calendars
    {
        get
        {
            lock (Lock)
                return [.. _calendars];
        }
    }

    public override IReadOnlyList<WorldAction> Actions =>
    [
        new("create-event", "Somebody enters an event: { calendar?, event: { summary, start, end, … } }", arguments =>
            Act(arguments, calendar => AddEvent(calendar.Id, arguments["event"]?.AsObject() ?? throw new WorldActionException("no event given")))),
        new("change-event", "Somebody changes an event: { calendar?, id, event: { … } }, as a PATCH", arguments =>
            Act(arguments, calendar => Patch(calendar, Known(calendar, arguments), arguments["event"]?.AsObject() ?? []))),
        new("delete-event", "Somebody deletes an event: { calendar?, id }", arguments =>
            Act(arguments, calendar =>
            {
                Cancel(calendar, Known(calendar, arguments));
                return null;
            })),
        new("expire-sync-tokens", "All sync tokens given so far answer 410 from now on", _ =>
        {
            ExpireSyncTokens();
            return null;
        }),
        new("service-account-credentials", "The key file of the service account, as JSON", _ => Credentials()),
        new("revoke-access-tokens", "All access tokens given so far answer 401 from now on", _ =>
        {
            lock (Lock)
                _accounts.RevokeAll();
            return null;
        }),
    ];

    protected override string ApiPrefix => "/calendar/v3";

    /// <summary>A scripted refusal: `rateLimitExceeded`, `userRateLimitExceeded`, `quotaExceeded`; as 403 or 429.</summary>
    public static Fault.Answer TooManyRequests(string reason = "rateLimitExceeded", int status = 403) =>
        new(status, Limited(reason, status).Body);

    /// <summary>A calendar that the authenticated user sees.</summary>
    public VisibleCalendar AddCalendar(string id, string summary, string accessRole = "writer", string timeZone = "Europe/London")
    {
        lock (Lock)
        {
            var calendar = new VisibleCalendar { Id = id, Summary = summary, TimeZone = timeZone, AccessRole = accessRole };
            _calendars.Add(calendar);
            return calendar;
        }
    }

    /// <summary>An access token without the ceremony of the token endpoint.</summary>
    public string IssueAccessToken(bool writes = true)
    {
        lock (Lock)
            return _accounts.Issue(writes);
    }

    /// <summary>Writes the key file of the service account, as Google's console hands it out. The key is made afresh in each run.</summary>
    public void WriteCredentials(string path) => WriteSecret(path, Credentials());


    /// <summary>Writes the other kind of credentials: a person's consent as a refresh token.</summary>
    public void WriteUserCredentials(string path) => WriteSecret(path, new JsonObject
    {
        ["type"] = "authorized_user",
        ["client_id"] = ClientId,
        ["client_secret"] = ClientSecret,
        ["refresh_token"] = RefreshToken,
        ["token_uri"] = TokenUrl,
    });

    public override JsonNode State()
    {
        lock (Lock)
        {
            return new JsonObject
            {
                ["calendars"] = new JsonArray([.. _calendars.Select(calendar =>
                {
                    var json = calendar.ToEntryJson();
                    json["events"] = new JsonArray([.. calendar.Events.Select(known => known.ToJson(calendar, RootUrl))]);
                    return json;
                })]),
                ["channels"] = new JsonArray([.. _channels.Select(channel => channel.ToJson())]),
            };
        }
    }

    public override ToolPage Overview() => new("Google Calendar",
    [
        new PageTable("calendars", ["calendar", "access", "time zone", "events"],
            [.. _calendars.Select(calendar => (IReadOnlyList<PageCell>)
            [
                new PageCell(calendar.Summary, $"/objects/calendars/{Uri.EscapeDataString(calendar.Id)}"),
                calendar.Primary ? "primary" : calendar.AccessRole,
                calendar.TimeZone,
                calendar.Events.Count(known => !known.Cancelled).ToString(),
            ])]),
    ]);

    public override ToolPage? Detail(string kind, string id) => kind switch
    {
        "calendars" when _calendars.Find(calendar => calendar.Id == id) is { } calendar => new ToolPage(calendar.Summary,
        [
            new PageTable("events", ["starts", "event", "status", "changed"],
                [.. calendar.Events.OrderBy(known => known.Start(calendar)).Select(known => (IReadOnlyList<PageCell>)
                [
                    (string?)known.Fields["start"]!["date"] ?? (string?)known.Fields["start"]!["dateTime"],
                    new PageCell((string?)known.Fields["summary"] ?? "(no title)", $"/objects/events/{known.Id}"),
                    (string?)known.Fields["status"] ?? "confirmed",
                    known.Updated.ToString("u"),
                ])]),
        ]),
        "events" => _calendars.Select(calendar => (Calendar: calendar, Event: calendar.Find(id))).FirstOrDefault(pair => pair.Event is not null) is ({ } holder, { } known)
            ? new ToolPage((string?)known.Fields["summary"] ?? "(no title)",
            [
                new PageTable("fields", ["field", "value"],
                    [.. known.ToJson(holder, RootUrl).Select(pair => (IReadOnlyList<PageCell>)[pair.Key, pair.Value?.ToString()])]),
            ]) { Note = $"in the calendar {holder.Summary}" }
            : null,
        _ => null,
    };

    protected override void Map()
    {
        Route("POST", "~" + TokenPath, [], call => _accounts.Answer(call, TokenUrl, user => _calendars.Exists(calendar => calendar.Id == user)));
        Route("GET", "/users/me/calendarList",
            [.. _common, "maxResults", "minAccessRole", "pageToken", "showDeleted", "showHidden", "syncToken"], ListCalendars);
        Route("GET", "/users/me/calendarList/{calendar}", _common, call => ApiAnswer.Json(200, FindCalendar(call).ToEntryJson()));
        Route("GET", "/calendars/{calendar}", _common, call => ApiAnswer.Json(200, FindCalendar(call).ToJson()));
        MapEvents();
        MapChannels();
    }

    protected override ApiAnswer? Admit(ApiCall call)
    {
        if (call.Path == TokenPath)
            return null;
        if (call.BearerToken is not { Length: > 0 } token)
            return Unauthorized("required", "Login Required.");
        if (_accounts.MayWrite(token) is not { } writes)
            return Unauthorized("authError", "Invalid Credentials");
        if (!writes && call.Method != "GET")
            return GoogleError.Answer(403, "insufficientPermissions", "Request had insufficient authentication scopes.", status: "PERMISSION_DENIED");
        var status = Behaviour.RateLimitIs429 ? 429 : 403;
        return Behaviour.RateLimits && !_calls.TryTake(CallsPerMinute, out _, out _) ? Limited("rateLimitExceeded", status) : null;
    }

    protected override ApiAnswer UnknownPath(ApiCall call) => GoogleError.NotFound().Answer;

    protected override ApiAnswer WrongMethod(ApiCall call) => UnknownPath(call);

    protected override ApiAnswer UnknownParameter(ApiCall call, string parameter) => parameter == "fields"
        ? GoogleError.NotSimulated(parameter).Answer
        : GoogleError.Badly($"Invalid JSON payload received. Unknown name \"{parameter}\": Cannot bind query parameter. Field '{parameter}' could not be found in request message.");

    private static ApiAnswer Unauthorized(string reason, string message) =>
        GoogleError.Answer(401, reason, message, location: "Authorization", locationType: "header", status: "UNAUTHENTICATED");

    private static ApiAnswer Limited(string reason, int status) => GoogleError.Answer(
        status,
        reason,
        reason switch
        {
            "userRateLimitExceeded" => "User Rate Limit Exceeded",
            "quotaExceeded" => "Calendar usage limits exceeded.",
            _ => "Rate Limit Exceeded",
        },
        "usageLimits");

    private JsonObject Credentials() => new()
    {
        ["type"] = "service_account",
        ["project_id"] = "clientflow-sandbox",
        ["private_key_id"] = _accounts.KeyId,
        ["private_key"] = _accounts.PrivateKeyPem + "\n",
        ["client_email"] = SandboxOptions.GoogleServiceAccount,
        ["client_id"] = "100000000000000000001",
        ["auth_uri"] = RootUrl + "/o/oauth2/auth",
        ["token_uri"] = TokenUrl,
        ["universe_domain"] = "googleapis.com",
    };

    private static void WriteSecret(string path, JsonObject json)
    {
        File.WriteAllText(path, json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The body as an object of this shape; Google's own clients send it compressed.</summary>
    private JsonObject Body(ApiCall call, Shape shape, string name)
    {
        var text = call.Body;
        if (call.Headers.ContentEncoding.ToString().Equals("gzip", StringComparison.OrdinalIgnoreCase))
        {
            try
            {
                using var unzipped = new GZipStream(new MemoryStream(call.RawBody.ToArray()), CompressionMode.Decompress);
                text = new StreamReader(unzipped, Encoding.UTF8).ReadToEnd();
            }
            catch (InvalidDataException)
            {
                throw GoogleError.Invalid("Parse Error", "parseError");
            }
        }

        try
        {
            if (JsonNode.Parse(text) is not JsonObject json)
                throw GoogleError.Invalid("Parse Error", "parseError");
            shape.Check(json, name, lenient: !Behaviour.RefusesUnknownFields);
            return json;
        }
        catch (JsonException)
        {
            throw GoogleError.Invalid("Parse Error", "parseError");
        }
    }

    private VisibleCalendar FindCalendar(ApiCall call) => FindCalendar(call.Part("calendar")) ?? throw GoogleError.NotFound();

    private VisibleCalendar? FindCalendar(string id) =>
        _calendars.Find(calendar => id == "primary" ? calendar.Primary : calendar.Id.Equals(id, StringComparison.OrdinalIgnoreCase));

    private VisibleCalendar Writable(ApiCall call)
    {
        var calendar = FindCalendar(call);
        if (calendar.Writable)
            return calendar;
        throw Behaviour.ReadOnlyReason == "forbidden"
            ? GoogleError.Refuse(403, "forbidden", "Forbidden")
            : GoogleError.Refuse(403, Behaviour.ReadOnlyReason, "You need to have writer access to this calendar.", "calendar");
    }

    private ApiAnswer ListCalendars(ApiCall call)
    {
        string[] ranks = ["freeBusyReader", "reader", "writer", "owner"];
        var least = Array.IndexOf(ranks, OneOf(call, "minAccessRole", ranks) ?? ranks[0]);
        var listing = call.Parameter("pageToken") is { } page
            ? Listing(page)
            : new PagedListing([.. _calendars.Where(calendar => Array.IndexOf(ranks, calendar.AccessRole) >= least).Select(calendar => calendar.Id)], "calendarList");
        var json = new JsonObject { ["kind"] = "calendar#calendarList", ["etag"] = "\"list\"" };
        Turn(json, listing, MaxResults(call, 100, 250), id => FindCalendar(id)!.ToEntryJson());
        return ApiAnswer.Json(200, json);
    }

    private JsonNode? Act(JsonObject arguments, Func<VisibleCalendar, JsonNode?> act)
    {
        lock (Lock)
        {
            var id = (string?)arguments["calendar"] ?? "primary";
            try
            {
                return act(FindCalendar(id) ?? throw new WorldActionException($"no calendar '{id}'"));
            }
            catch (RefusedException refused)
            {
                throw new WorldActionException(refused.Answer.Body ?? refused.Message);
            }
        }
    }

    private static GoogleEvent Known(VisibleCalendar calendar, JsonObject arguments) =>
        calendar.Find((string?)arguments["id"] ?? "") ?? throw new WorldActionException($"no event '{(string?)arguments["id"]}'");

    private static string? OneOf(ApiCall call, string name, params string[] values)
    {
        var given = call.Parameter(name);
        return given is null || values.Contains(given) ? given : throw GoogleError.Invalid($"Invalid string value: '{given}'. Allowed values: [{string.Join(", ", values)}]", "invalidParameter", name);
    }

    private static bool Flag(ApiCall call, string name) => call.Parameter(name) switch
    {
        null or "false" => false,
        "true" => true,
        var other => throw GoogleError.Invalid($"Invalid boolean value: '{other}'.", "invalidParameter", name),
    };

    private static int MaxResults(ApiCall call, int usual, int most) => call.Parameter("maxResults") switch
    {
        null => usual,
        var text when int.TryParse(text, out var given) && given >= 1 => Math.Min(given, most),
        var text => throw GoogleError.Invalid($"Invalid integer value: '{text}'.", "invalidParameter", "maxResults"),
    };

    private static IReadOnlyList<string> Repeated(ApiCall call, string name) =>
        call.Query.TryGetValue(name, out StringValues values) ? [.. values.Select(value => value ?? "")] : [];
}
