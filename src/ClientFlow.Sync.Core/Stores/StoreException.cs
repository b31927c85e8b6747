namespace ClientFlow.Sync.Core.Stores;

/// <summary>
/// The storage can't do what was asked of it: the disk is full, the file is damaged, another worker has it. The message is a
/// sentence for a person and says what to do.
/// </summary>
public sealed class StoreException : Exception
{
    public StoreException(string message)
        : base(message)
    {
    }

    public StoreException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}
