using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>
/// A password as it may be kept: PBKDF2 with HMAC-SHA-512, as <c>clientflow1.ROUNDS.SALT.HASH</c>. Without a <c>$</c>, so that a
/// shell, systemd and Docker Compose all leave it as it is.
/// </summary>
public sealed class PasswordHash
{
    /// <summary>The rounds of a new hash: OWASP's figure for this function.</summary>
    public const int Rounds = 210_000;

    /// <summary>Fewer are refused: such a hash is guessed too fast.</summary>
    public const int FewestRounds = 100_000;

    private const int MostRounds = 10_000_000;
    private const int SaltLength = 16;
    private const int HashLength = 32;
    private const string Version = "clientflow1";

    private readonly int rounds;
    private readonly byte[] salt;
    private readonly byte[] hash;

    private PasswordHash(int rounds, byte[] salt, byte[] hash) => (this.rounds, this.salt, this.hash) = (rounds, salt, hash);

    /// <summary>How it is written down.</summary>
    public string Text => string.Join('.', Version, rounds.ToString(CultureInfo.InvariantCulture), Base64Url.EncodeToString(salt), Base64Url.EncodeToString(hash));

    /// <summary>The hash of a password.</summary>
    /// <param name="salt">Random bytes, new for each: Core has no chance of its own.</param>
    public static PasswordHash Of(string password, ReadOnlySpan<byte> salt, int rounds = Rounds)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(salt.Length, SaltLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, FewestRounds);
        return new PasswordHash(rounds, salt.ToArray(), Derive(password, salt, rounds));
    }

    /// <summary>Reads a hash; null when the text is none, such as the password itself.</summary>
    public static PasswordHash? Parse(string text) =>
        text.Split('.') is [Version, var number, var salt, var hash] &&
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) && rounds is >= FewestRounds and <= MostRounds &&
        Decode(salt, SaltLength) is { } salted && Decode(hash, HashLength) is { } hashed
            ? new PasswordHash(rounds, salted, hashed)
            : null;

    /// <summary>Whether it is this password's; takes the same time for every wrong one.</summary>
    public bool Matches(string password) => CryptographicOperations.FixedTimeEquals(Derive(password, salt, rounds), hash);

    public override string ToString() => "***";

    private static byte[] Derive(string password, ReadOnlySpan<byte> salt, int rounds) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, rounds, HashAlgorithmName.SHA512, HashLength);

    private static byte[]? Decode(string text, int length)
    {
        var bytes = new byte[length];
        return Base64Url.IsValid(text, out var decoded) && decoded == length && Base64Url.TryDecodeFromChars(text, bytes, out _) ? bytes : null;
    }
}
