using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>
/// Remembers in a browser that somebody signed in there before. It opens nothing: it only gives that person attempts of his own, so
/// that strangers who guess at a name can't keep its owner out.
/// </summary>
public sealed class KnownBrowsers(IDataProtectionProvider protection)
{
    private const string Cookie = "clientflow-known";

    private readonly IDataProtector protector = protection.CreateProtector("ClientFlow.Sync.KnownBrowsers.v1");

    /// <summary>What the browser's attempts for this account are counted by; null when it isn't known for it.</summary>
    public string? Find(HttpContext http, Account? account)
    {
        if (account is null || http.Request.Cookies[Cookie] is not { Length: > 0 and < 1_000 } cookie) return null;
        try
        {
            return protector.Unprotect(cookie).Split('|') is [var id, var stamp] && stamp == account.Stamp ? $"browser:{id}" : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Remembers it, for half a year.</summary>
    public void Remember(HttpContext http, Account account, bool secure) => http.Response.Cookies.Append(
        Cookie, protector.Protect($"{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}|{account.Stamp}"),
        new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = secure, IsEssential = true, MaxAge = TimeSpan.FromDays(180), Path = "/sign-in" });
}
