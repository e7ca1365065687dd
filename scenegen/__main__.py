"""`python -m scenegen` is the command `scenegen`."""

if __name__ == "__main__":  # workers run this file too, and need none of it
    from scenegen.cli import main

    main()
