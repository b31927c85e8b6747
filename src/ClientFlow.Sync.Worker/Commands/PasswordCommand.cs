using System.CommandLine;
using System.Security.Cryptography;
using ClientFlow.Sync.Core.Configuration;

namespace ClientFlow.Sync.Worker.Commands;

/// <summary><c>clientflow password</c>: turns a password into the hash that the mapping file's <c>access</c> takes. Nothing is stored.</summary>
public static class PasswordCommand
{
    /// <summary>Shorter ones are refused.</summary>
    public const int Shortest = 12;

    private const int Longest = 1_000;

    public static Command Create()
    {
        var command = new Command("password", "Ask for a password and print its hash, for a variable or file that `access` in the mapping file names");
        command.SetAction(parsed =>
        {
            var (output, errors) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            return Console.IsInputRedirected ? Run(Console.In.ReadLine, output, errors) : Run(() => Ask("Password: ", errors), output, errors, () => Ask("Once more: ", errors));
        });
        return command;
    }

    /// <summary>Asks and prints. 0: the hash is printed; 1: the password won't do.</summary>
    /// <param name="ask">Answers the password; null when there is none.</param>
    /// <param name="again">Asks for it once more; null where nobody mistypes.</param>
    public static int Run(Func<string?> ask, TextWriter output, TextWriter errors, Func<string?>? again = null)
    {
        if (ask() is not { Length: > 0 } password) return Refuse(errors, "no password was given");
        if (password.Length < Shortest) return Refuse(errors, $"that is too short: take {Shortest} characters or more, such as four words that don't belong together");
        if (password.Length > Longest) return Refuse(errors, $"that is too long: take {Longest} characters at most");
        if (password.Distinct().Count() < 5) return Refuse(errors, "that is too easy to guess: it repeats a few characters");
        if (again is not null && again() != password) return Refuse(errors, "the two are not the same: try again");
        output.WriteLine(PasswordHash.Of(password, RandomNumberGenerator.GetBytes(16)).Text);
        if (!Console.IsOutputRedirected) errors.WriteLine("Put this line into the variable or file that `password:` names for this person, and start the worker again.");
        return 0;
    }

    private static int Refuse(TextWriter errors, string why)
    {
        errors.WriteLine(why);
        return 1;
    }

    // What is typed appears nowhere.
    private static string? Ask(string prompt, TextWriter errors)
    {
        errors.Write(prompt);
        var typed = new List<char>();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            switch (key)
            {
                case { Key: ConsoleKey.Enter }:
                    errors.WriteLine();
                    return new string([.. typed]);
                case { Key: ConsoleKey.Backspace }:
                    if (typed.Count > 0) typed.RemoveAt(typed.Count - 1);
                    break;
                case { Key: ConsoleKey.U, Modifiers: ConsoleModifiers.Control }:
                    typed.Clear();
                    break;
                case { KeyChar: >= ' ' and not '\u007F' }:
                    typed.Add(key.KeyChar);
                    break;
            }
        }
    }
}
