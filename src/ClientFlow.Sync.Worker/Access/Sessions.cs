using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.People;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>
/// Who is signed in. A session is a cookie that only this installation can read and write. It ends after twelve hours without use,
/// after seven days, when its person signs out, and when the file gives the person another password or role, or none.
/// </summary>
public sealed class Sessions(Accounts accounts, Workspace workspace)
{
    /// <summary>The authentication scheme.</summary>
    public const string Scheme = "session";

    /// <summary>How long a session lasts that nobody uses.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(12);

    /// <summary>How long a session lasts at most.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    private static readonly TimeSpan Step = TimeSpan.FromMinutes(10);

    private const string Id = "session";
    private const string Stamp = "stamp";
    private const string Began = "began";
    private const string EndedEvent = "access.session.ended";

    // A cookie that was copied before its owner signed out is still well formed.
    private readonly ConcurrentDictionary<string, DateTimeOffset> ended = new(StringComparer.Ordinal);

    /// <summary>Reads from the journal which sessions were ended before the worker was started again.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var since = workspace.Clock.GetUtcNow() - Longest;
        var entries = await workspace.Store.ReadAsync(view => view.Journal(new JournalQuery { Since = since, Text = "signed out", Max = 100_000 }), cancellationToken);
        foreach (var entry in entries.Where(static e => e is { Event: EndedEvent, Data: not null })) ended[entry.Data!] = entry.At;
    }

    /// <summary>A new session's cookie content.</summary>
    public static ClaimsPrincipal Open(Account account) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, account.Key), new Claim(ClaimTypes.Name, account.Person.Name), new Claim(Stamp, account.Stamp),
            new Claim(Id, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))),
        ], Scheme));

    /// <summary>What is kept beside it: when it began.</summary>
    public AuthenticationProperties Properties() => new()
    {
        IsPersistent = true, Items = { [Began] = workspace.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) },
    };

    /// <summary>The person of a session that lives; null when there is none, or it is over.</summary>
    public Person? PersonOf(ClaimsPrincipal principal, AuthenticationProperties? properties)
    {
        var now = workspace.Clock.GetUtcNow();
        return accounts.Find(principal.FindFirstValue(ClaimTypes.NameIdentifier)) is { } account && principal.FindFirstValue(Stamp) == account.Stamp &&
            principal.FindFirstValue(Id) is { } id && !ended.ContainsKey(id) &&
            properties?.ExpiresUtc > now && properties.Items.TryGetValue(Began, out var began) &&
            long.TryParse(began, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && now - DateTimeOffset.FromUnixTimeSeconds(seconds) < Longest
            ? account.Person
            : null;
    }

    /// <summary>Writes who signed in.</summary>
    public Task TellBeganAsync(Account account, string how) =>
        TellAsync(new JournalEntry { At = workspace.Clock.GetUtcNow(), Level = JournalLevel.Detail, Event = "access.session.began", Message = $"{account.Person} signed in {how}" });

    /// <summary>Ends a session for good, wherever its cookie is.</summary>
    public async Task EndAsync(ClaimsPrincipal principal, Person person)
    {
        if (principal.FindFirstValue(Id) is not { } id) return;
        var now = workspace.Clock.GetUtcNow();
        foreach (var (old, at) in ended)
            if (now - at > Longest) ended.TryRemove(old, out _);
        ended[id] = now;
        await TellAsync(new JournalEntry { At = now, Level = JournalLevel.Detail, Event = EndedEvent, Message = $"{person} signed out", Data = id });
    }

    /// <summary>Writes an entry of the journal, if that is possible: a full disk must not keep the owner out who could free it.</summary>
    public async Task TellAsync(JournalEntry entry)
    {
        try
        {
            await workspace.Store.WriteAsync(WritePriority.Urgent, unit => unit.Write(entry), CancellationToken.None);
        }
        catch (StoreException)
        {
            // The health page and the log tell of the store.
        }
    }

    /// <summary>Refuses a cookie whose session is over.</summary>
    internal static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var sessions = context.HttpContext.RequestServices.GetRequiredService<Sessions>();
        if (context.Principal is { } principal && sessions.PersonOf(principal, context.Properties) is not null) return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(Scheme);
    }

    /// <summary>Each use moves its end, by steps. What an open page asks for by itself is no use.</summary>
    internal static Task CheckSlidingAsync(CookieSlidingExpirationContext context)
    {
        context.ShouldRenew = context.ElapsedTime >= Step && !Entrance.IsBackground(context.HttpContext.Request);
        return Task.CompletedTask;
    }
}
