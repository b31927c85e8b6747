using System.Security.Cryptography;
using ClientFlow.Sync.Core.Stores;
using Microsoft.AspNetCore.DataProtection;
using Secret = ClientFlow.Sync.Core.Connectors.Secret;

namespace ClientFlow.Sync.Worker.Composition;

/// <summary>Keeps webhook secrets unreadable at rest, with keys in a folder of the data directory.</summary>
public sealed class Protector(IDataProtectionProvider provider) : IProtector
{
    private readonly IDataProtector protector = provider.CreateProtector("ClientFlow.Sync.Subscriptions.v1");

    /// <summary>A protector whose keys live in the data directory.</summary>
    public static Protector In(string dataDirectory) =>
        new(DataProtectionProvider.Create(Directory.CreateDirectory(Path.Combine(dataDirectory, "keys")), static o => o.SetApplicationName("clientflow")));

    public string Protect(Secret secret) => protector.Protect(secret.Reveal());

    public Secret? Unprotect(string text)
    {
        try
        {
            return new Secret(protector.Unprotect(text));
        }
        catch (CryptographicException)
        {
            // The keys are gone: the vendor is asked for a new subscription, which brings a new secret.
            return null;
        }
    }
}
