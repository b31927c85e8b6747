using System.Security.Cryptography;
using System.Text;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Handoffs;

/// <summary>
/// What a handoff is: one rule applied to one subject, once or once a period. Computed, never random: the same after a crash,
/// on another machine, next year. The golden file of keys in the tests must never change.
/// </summary>
/// <param name="Rule">The rule's identity: its first name, which <c>was:</c> keeps through renames.</param>
/// <param name="Subject">The record that it is about.</param>
/// <param name="Occurrence"><c>once</c>, or a period such as <c>2027-Q1</c>; never a date that can move.</param>
public readonly record struct HandoffKey(string Rule, RecordRef Subject, string Occurrence)
{
    /// <summary>The key in 20 characters of a-v and 0-9, used as row id, on the command line and in links.</summary>
    public string Id => Keys.Hash($"handoff|{Rule}|{Subject}|{Occurrence}", 20);

    /// <summary>The key of one of its actions, in 26 characters of a-v and 0-9: safe in any vendor's id, marker or header.</summary>
    public string ActionKey(string action) => "cf" + Keys.Hash($"action|{Rule}|{Subject}|{Occurrence}|{action}", 24);
}

/// <summary>How keys are spelled.</summary>
public static class Keys
{
    // base32hex in lower case (RFC 4648 section 7): the alphabet that Google Calendar allows in event ids.
    private const string Alphabet = "0123456789abcdefghijklmnopqrstuv";

    /// <summary>The first characters of a SHA-256 in base32hex; five bits each.</summary>
    public static string Hash(string text, int length)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return string.Create(length, hash, static (chars, bytes) =>
        {
            for (var i = 0; i < chars.Length; i++)
            {
                var (at, shift) = (i * 5 / 8, i * 5 % 8);
                var window = (bytes[at] << 8) | (at + 1 < bytes.Length ? bytes[at + 1] : 0);
                chars[i] = Alphabet[(window >> (11 - shift)) & 31];
            }
        });
    }
}
